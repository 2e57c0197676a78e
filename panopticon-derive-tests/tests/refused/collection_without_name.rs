mod payments {
    panopticon::collection!(timeout = "1s");

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
