mod payments {
    panopticon::collection!(name = "payments" timeout = "1s");

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
