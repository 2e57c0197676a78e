mod payments {
    panopticon::collection!(name = payments);

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
