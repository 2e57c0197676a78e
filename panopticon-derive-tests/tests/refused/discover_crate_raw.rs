panopticon::discover!(r#warehouse, warehouse);

fn main() {}
