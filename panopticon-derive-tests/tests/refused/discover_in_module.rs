mod checks {
    panopticon::discover!(warehouse, harbour);
}

fn main() {}
