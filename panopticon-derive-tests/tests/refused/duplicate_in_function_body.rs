use panopticon::healthcheck;

#[healthcheck]
fn database() {}

fn start() {
    #[healthcheck]
    fn database() {}
}

fn main() {}
