use panopticon::healthcheck;

#[healthcheck]
thread_local! {}

fn main() {}
