panopticon::discover!(1);

fn main() {}
