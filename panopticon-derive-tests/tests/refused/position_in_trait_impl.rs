use panopticon::{Health, healthcheck};

struct Pool;

trait Checks {
    fn database() -> Health;
}

impl Checks for Pool {
    #[healthcheck]
    fn database() -> Health {
        Health::healthy("available")
    }
}

fn main() {}
