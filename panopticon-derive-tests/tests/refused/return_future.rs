use panopticon::{Health, healthcheck};

#[healthcheck]
fn database() -> impl Future<Output = Health> {
    async { Health::healthy("available") }
}

fn main() {}
