use panopticon::healthcheck;

struct Broken;

#[healthcheck]
async fn database() -> Result<(), Broken> {
    Err(Broken)
}

fn main() {}
