use panopticon::{Health, healthcheck};

#[healthcheck]
fn database(_pools: &Vec<impl Copy>) -> Health {
    Health::healthy("available")
}

fn main() {}
