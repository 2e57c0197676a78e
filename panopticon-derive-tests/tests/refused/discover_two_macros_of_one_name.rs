panopticon::discover!(invoicing, shipping);

fn main() {}
