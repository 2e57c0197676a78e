panopticon::collection!(name = "payments");

fn start() {
    panopticon::collection!(name = "banks");

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
