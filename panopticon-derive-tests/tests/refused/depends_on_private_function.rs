use panopticon::healthcheck;

mod orders {
    #[panopticon::healthcheck]
    fn database() {}
}

#[healthcheck(depends_on = [orders::database])]
fn unbilled_orders() {}

fn main() {}
