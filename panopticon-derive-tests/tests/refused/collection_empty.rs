mod payments {
    panopticon::collection!();

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
