panopticon::discover!(panopticon);

fn main() {}
