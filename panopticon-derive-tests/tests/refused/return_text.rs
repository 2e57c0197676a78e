use panopticon::healthcheck;

#[healthcheck]
fn database() -> &'static str {
    "available"
}

fn main() {}
