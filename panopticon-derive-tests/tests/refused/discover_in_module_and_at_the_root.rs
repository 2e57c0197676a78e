panopticon::discover!(warehouse);

mod checks {
    panopticon::discover!(harbour);
}

fn main() {}
