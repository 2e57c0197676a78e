//! Lists a library that has no check, while the binary itself, of the same name, has one.

panopticon::discover!(hollow);

#[panopticon::healthcheck]
fn of_the_program() {}

fn main() {
    app::print_components();
}
