use panopticon::healthcheck;

#[healthcheck]
struct Database;

fn main() {}
