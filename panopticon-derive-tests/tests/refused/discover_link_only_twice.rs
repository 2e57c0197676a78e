panopticon::discover!(#[link_only] #[link_only] warehouse);

fn main() {}
