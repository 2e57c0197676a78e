//! Lists a crate whose file is named after something else than the crate.

panopticon::discover!(renamed);

fn main() {
    app::print_components();
}
