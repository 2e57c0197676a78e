use panopticon::{Health, healthcheck};

#[healthcheck(crate = panopticon<u8>)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
