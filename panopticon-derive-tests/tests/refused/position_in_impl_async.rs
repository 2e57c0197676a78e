use panopticon::{Health, healthcheck};

struct Pool;

impl Pool {
    #[healthcheck]
    async fn database() -> Health {
        Health::healthy("available")
    }
}

fn main() {}
