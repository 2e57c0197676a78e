use panopticon::healthcheck;

#[healthcheck]
fn database() -> (bool, u8) {
    (true, 1)
}

fn main() {}
