mod payments {
    panopticon::collection!(name = "payments", name = "bank");

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
