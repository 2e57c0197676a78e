use panopticon::{Health, healthcheck};

#[healthcheck(crate = panopticon panopticon)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
