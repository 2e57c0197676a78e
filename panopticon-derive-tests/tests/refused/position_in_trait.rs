use panopticon::{Health, healthcheck};

trait Checks {
    #[healthcheck]
    fn database() -> Health {
        Health::healthy("available")
    }
}

fn main() {}
