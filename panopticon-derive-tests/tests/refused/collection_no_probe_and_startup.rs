mod payments {
    panopticon::collection!(name = "payments", startup, no_probe);

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
