panopticon::collection!(name = "payments");
panopticon::collection!(name = "bank");

#[panopticon::healthcheck]
fn bank() {}

fn main() {}
