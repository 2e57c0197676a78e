use panopticon::healthcheck;

#[healthcheck]
fn database() -> impl Copy {
    true
}

fn main() {}
