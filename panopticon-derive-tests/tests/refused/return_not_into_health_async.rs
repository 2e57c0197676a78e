use panopticon::healthcheck;

#[healthcheck]
async fn database() -> bool {
    true
}

fn main() {}
