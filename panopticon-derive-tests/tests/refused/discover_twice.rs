panopticon::discover!(warehouse, warehouse);

fn main() {}
