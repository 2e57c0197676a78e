//! Lists its dependencies, and excepts the rest: by the crate's name, by the package's, a transitive
//! one, and one of two crates with the same name.

panopticon::discover!(
    orders,
    pay,
    #[link_only]
    weights,
    #[link_only]
    orders_next
);

fn main() {
    app::main(|| {
        panopticon::testing::assert_all_linked!(except = ["quiet", "silent-checks", "archive"])
    });
}
