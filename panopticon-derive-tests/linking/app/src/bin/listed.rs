//! Lists its dependencies.

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
