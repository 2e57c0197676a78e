//! Has its dependencies in the manifest, and refers to none of them.

#[panopticon::healthcheck]
fn of_the_program() {}

fn main() {
    app::main(|| panopticon::testing::assert_all_linked!());
}
