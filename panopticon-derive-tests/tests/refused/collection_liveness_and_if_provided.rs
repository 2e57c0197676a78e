mod payments {
    panopticon::collection!(name = "payments", liveness, if_provided);

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
