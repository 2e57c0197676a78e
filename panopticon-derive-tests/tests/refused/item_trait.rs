use panopticon::healthcheck;

#[healthcheck]
unsafe trait Database {}

fn main() {}
