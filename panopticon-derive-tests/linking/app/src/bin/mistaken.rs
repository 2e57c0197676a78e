//! Makes every mistake that only `build()` can find.

panopticon::discover!(
    orders,
    #[link_only]
    pay,
    quiet,
    silence,
    #[link_only]
    orders_next,
    orders_last,
);

#[panopticon::healthcheck(name = "bills")]
fn of_the_program() {}

mod empty {
    panopticon::collection!(name = "empty");
}

fn main() {
    app::print_components();
}
