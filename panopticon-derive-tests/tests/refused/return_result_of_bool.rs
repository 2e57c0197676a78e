use panopticon::healthcheck;

#[healthcheck]
fn database() -> Result<bool, String> {
    Ok(true)
}

fn main() {}
