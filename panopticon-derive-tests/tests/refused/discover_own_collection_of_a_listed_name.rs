panopticon::discover!(shipping);

mod cellar {
    panopticon::collection!(name = "storage");

    #[panopticon::healthcheck]
    fn bottles() {}
}

fn main() {}
