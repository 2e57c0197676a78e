mod payments {
    panopticon::collection!(name = "payments", timeout = "1s", timeout = "2s");

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
