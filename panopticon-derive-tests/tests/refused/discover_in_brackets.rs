panopticon::discover!([warehouse, shipping]);

fn main() {}
