mod payments {
    panopticon::collection!(name = "payments", interval = "30s", depends_on = [cards]);

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
