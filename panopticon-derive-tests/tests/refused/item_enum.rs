use panopticon::healthcheck;

#[healthcheck]
enum Database {}

fn main() {}
