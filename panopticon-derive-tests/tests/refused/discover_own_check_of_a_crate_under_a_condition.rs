// The second and third conditions are false, and the third crate does not exist.
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
