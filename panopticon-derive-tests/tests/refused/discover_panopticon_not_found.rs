panopticon::discover!(crate = health_checks, warehouse);

fn main() {}
