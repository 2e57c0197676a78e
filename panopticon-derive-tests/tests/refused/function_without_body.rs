use panopticon::{Health, healthcheck};

trait Checks {
    #[healthcheck]
    fn database() -> Health;
}

fn main() {}
