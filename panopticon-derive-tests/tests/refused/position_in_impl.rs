use panopticon::{Health, healthcheck};

struct Pool;

impl Pool {
    #[healthcheck]
    fn database() -> Health {
        Health::healthy("available")
    }
}

fn main() {}
