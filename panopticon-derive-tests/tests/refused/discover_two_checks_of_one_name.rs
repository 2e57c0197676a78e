panopticon::discover!(warehouse, invoicing);

fn main() {}
