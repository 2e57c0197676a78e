mod payments {
    panopticon::collection!(name = "payments", cache = "5s");

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
