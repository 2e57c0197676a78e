mod payments {
    panopticon::collection!(name = "2fa");

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
