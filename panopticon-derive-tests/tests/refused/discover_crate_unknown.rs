panopticon::discover!(warehouse, warehouze);

fn main() {}
