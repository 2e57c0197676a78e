//! Renames a check of a dependency, whose name is that of its own, and switches another one off.

panopticon::discover!(
    orders,
    #[link_only]
    pay,
);

#[panopticon::healthcheck(name = "bills")]
fn of_the_program() {}

fn main() {
    let builder = panopticon::Panopticon::builder();
    app::print_components_of(builder.rename("shop_billing::bills", "pay.bills").without("ledger"));
}
