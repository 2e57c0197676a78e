//! Excepts what is not among its dependencies.

fn main() {
    app::main(|| panopticon::testing::assert_all_linked!(except = ["quiet", "queue"]));
}
