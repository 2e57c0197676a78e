// Both crates have a check of this name: each under its condition, of which the second holds.
panopticon::discover!(
    #[cfg(any())]
    warehouse,
    #[cfg(all())]
    invoicing
);

#[panopticon::healthcheck]
fn database() {}

fn main() {}
