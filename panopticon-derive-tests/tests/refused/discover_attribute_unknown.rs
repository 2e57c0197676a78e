panopticon::discover!(#[linked] warehouse);

fn main() {}
