// The second condition does not hold, and the crate behind the third is not there.
panopticon::discover!(
    #[cfg(all())]
    harbour,
    #[cfg(any())]
    warehouse,
    #[cfg(any())]
    no_such_crate
);

#[panopticon::healthcheck]
fn cranes() {}

#[panopticon::healthcheck]
fn database() {}

fn main() {}
