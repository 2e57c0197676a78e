panopticon::discover!(self, warehouse);

fn main() {}
