use panopticon::healthcheck;

#[healthcheck]
#[healthcheck]
struct Database;

fn main() {}
