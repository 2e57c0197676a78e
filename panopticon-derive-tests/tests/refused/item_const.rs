use panopticon::healthcheck;

#[healthcheck]
const DATABASE: u8 = 1;

fn main() {}
