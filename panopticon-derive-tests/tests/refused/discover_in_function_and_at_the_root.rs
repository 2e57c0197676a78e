panopticon::discover!(warehouse);

fn main() {
    panopticon::discover!(harbour);
}
