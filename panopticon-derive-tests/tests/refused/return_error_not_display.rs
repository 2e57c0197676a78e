use panopticon::healthcheck;

struct Broken;

#[healthcheck]
fn database() -> Result<(), Broken> {
    Err(Broken)
}

fn main() {}
