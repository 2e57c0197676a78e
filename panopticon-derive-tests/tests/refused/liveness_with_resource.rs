use panopticon::{Health, healthcheck};

struct Pool;

#[healthcheck(liveness)]
async fn database(pool: &Pool) -> Health {
    let _ = pool;
    Health::healthy("available")
}

fn main() {}
