//! Lists a dynamic library of Rust, and has a check of its own.

panopticon::discover!(orders, shelf);

#[panopticon::healthcheck]
fn of_the_program() {}

fn main() {
    app::print_components();
}
