panopticon::discover!(crate);

fn main() {}
