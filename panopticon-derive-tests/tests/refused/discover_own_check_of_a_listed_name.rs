panopticon::discover!(warehouse, harbour);

mod healthchecks {
    #[panopticon::healthcheck]
    async fn cranes() {}
}

fn main() {}
