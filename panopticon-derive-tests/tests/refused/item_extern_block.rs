use panopticon::healthcheck;

#[healthcheck]
unsafe extern "C" {}

fn main() {}
