use panopticon::{Health, healthcheck};

#[healthcheck]
fn database() -> Health
where
    u8: Copy,
{
    Health::healthy("available")
}

fn main() {}
