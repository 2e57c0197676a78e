mod payments {
    panopticon::collection!("payments");

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
