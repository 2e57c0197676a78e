panopticon::discover!();

fn main() {}
