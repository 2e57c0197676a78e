mod payments {
    panopticon::collection!(name = "payments", timeout = "0s");

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
