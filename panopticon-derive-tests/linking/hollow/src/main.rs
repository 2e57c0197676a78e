//! Lists a library of the same name that has no check; the binary itself has one.

panopticon::discover!(hollow);

#[panopticon::healthcheck]
fn of_the_program() {}

fn main() {
    app::print_components();
}
