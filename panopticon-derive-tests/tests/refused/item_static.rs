use panopticon::healthcheck;

#[healthcheck]
pub static DATABASE: u8 = 1;

fn main() {}
