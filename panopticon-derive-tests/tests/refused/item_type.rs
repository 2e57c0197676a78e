use panopticon::healthcheck;

#[healthcheck]
type Database = u8;

fn main() {}
