//! Lists a crate that is named by a keyword.

panopticon::discover!(r#try);

#[panopticon::healthcheck]
fn in_program() {}

fn main() {
    app::print_components();
}
