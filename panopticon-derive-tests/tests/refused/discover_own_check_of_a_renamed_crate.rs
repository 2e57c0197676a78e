panopticon::discover!(harbour, beacon);

#[panopticon::healthcheck]
fn lamp() {}

fn main() {}
