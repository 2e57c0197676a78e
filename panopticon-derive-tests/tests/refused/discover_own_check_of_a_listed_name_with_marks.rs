panopticon::discover!(beacon);

#[panopticon::healthcheck(name = "fog-horn.north_2")]
fn horn() {}

fn main() {}
