//! Lists its dependencies except one of two with the same name and one that has no check.

panopticon::discover!(
    orders,
    pay,
    quiet,
    #[link_only]
    weights,
);

fn main() {
    app::main(|| panopticon::testing::assert_all_linked!());
}
