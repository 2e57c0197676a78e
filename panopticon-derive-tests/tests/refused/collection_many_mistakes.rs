mod payments {
    panopticon::collection!(name = "card payments", timeout = "1", colour = "red");

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
