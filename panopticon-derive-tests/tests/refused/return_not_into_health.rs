use panopticon::healthcheck;

#[healthcheck]
fn database() -> bool {
    true
}

fn main() {}
