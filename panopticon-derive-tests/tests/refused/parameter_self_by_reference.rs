use panopticon::{Health, healthcheck};

struct Pool;

impl Pool {
    #[healthcheck]
    fn database(&self) -> Health {
        Health::healthy("available")
    }
}

fn main() {}
