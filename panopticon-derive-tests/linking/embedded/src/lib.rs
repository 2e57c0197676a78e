//! A library for a program in another language, which lists crates and has checks of its own in modules
//! that nothing refers to.

panopticon::discover!(
    orders,
    pay,
    #[link_only]
    weights,
);

mod cellar {
    #[panopticon::healthcheck]
    fn in_cellar() {}
}

mod attic {
    #[panopticon::healthcheck]
    fn in_attic() {}
}

#[unsafe(no_mangle)]
pub extern "C" fn print_components() {
    app::print_components();
}
