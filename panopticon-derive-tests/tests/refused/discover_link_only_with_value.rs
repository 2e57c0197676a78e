panopticon::discover!(#[link_only = true] warehouse);

fn main() {}
