use panopticon::healthcheck;

struct Database;

#[healthcheck]
impl Database {}

fn main() {}
