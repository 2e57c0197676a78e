mod payments {
    panopticon::collection!(name = "payments", retries = 3);

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
