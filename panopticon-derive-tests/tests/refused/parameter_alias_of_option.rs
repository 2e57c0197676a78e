use panopticon::{Health, healthcheck};

struct Pool;

type Optional<'a> = Option<&'a Pool>;

#[healthcheck]
fn database(_pool: Optional<'_>) -> Health {
    Health::healthy("available")
}

fn main() {}
