mod payments {
    panopticon::collection!(name = "card payments");

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
