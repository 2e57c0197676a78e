use panopticon::{Health, healthcheck};

struct Pool;

#[healthcheck(liveness)]
async fn database(_pool: Option<&Pool>) -> Health {
    Health::healthy("available")
}

fn main() {}
