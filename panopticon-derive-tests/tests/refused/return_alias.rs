use panopticon::healthcheck;

type Answer = std::io::Result<bool>;

#[healthcheck]
fn database() -> Answer {
    Ok(true)
}

fn main() {}
