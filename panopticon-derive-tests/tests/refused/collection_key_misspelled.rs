mod payments {
    panopticon::collection!(name = "payments", critcal = false);

    #[panopticon::healthcheck]
    fn gateway() {}
}

fn main() {}
