mod payments {
    panopticon::collection!(name = "payments", crate = health_checks);

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
