//! Lists its dependencies but for one of two of a name, and one that has no check.

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
