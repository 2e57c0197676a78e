mod payments {
    panopticon::collection!(name = "payments", critical = "false");

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
