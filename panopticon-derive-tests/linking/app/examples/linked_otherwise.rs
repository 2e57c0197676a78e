//! Lists its dependencies, as `listed` does, to be linked by another linker.

panopticon::discover!(
    orders,
    pay,
    #[link_only]
    weights,
);

#[panopticon::healthcheck]
fn of_the_program() {}

fn main() {
    app::print_components();
}
