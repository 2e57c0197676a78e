panopticon::discover!(crate, "warehouse", a::b, #[linked] shipping, shipping);

fn main() {}
