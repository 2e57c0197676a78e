panopticon::discover!(::warehouse);

fn main() {}
