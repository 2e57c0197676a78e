mod payments {
    panopticon::collection!(name = "payments", tags = "pci");

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
