mod payments {
    panopticon::collection!(name = "payments", retry_interval = "0s");

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
