mod cards {
    panopticon::collection!(name = "payments.all");

    #[panopticon::healthcheck]
    fn card_processor() {}
}

mod banks {
    panopticon::collection!(name = "payments.all");

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
