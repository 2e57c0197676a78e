// Both crates have a check of this name, but only the condition of the second one is true.
panopticon::discover!(
    #[cfg(any())]
    warehouse,
    #[cfg(all())]
    invoicing
);

#[panopticon::healthcheck]
fn database() {}

fn main() {}
