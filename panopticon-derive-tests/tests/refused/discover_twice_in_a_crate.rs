panopticon::discover!(warehouse);
panopticon::discover!(harbour);

fn main() {}
