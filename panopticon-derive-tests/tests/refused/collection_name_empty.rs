mod payments {
    panopticon::collection!(name = "");

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
