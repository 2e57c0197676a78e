panopticon::discover!(crate =, warehouse);

fn main() {}
