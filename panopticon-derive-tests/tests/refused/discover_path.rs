panopticon::discover!(warehouse::checks);

fn main() {}
