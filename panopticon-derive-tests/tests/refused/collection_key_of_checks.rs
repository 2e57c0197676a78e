mod payments {
    panopticon::collection!(name = "payments", interval = "30s", liveness);

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
