use panopticon::healthcheck;

mod orders {
    pub(crate) mod healthchecks {}
}

#[healthcheck(depends_on = [orders::healthchecks::database])]
fn unbilled_orders() {}

fn main() {}
