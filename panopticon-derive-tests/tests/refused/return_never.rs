use panopticon::healthcheck;

#[healthcheck]
fn database() -> ! {
    panic!("no database")
}

fn main() {}
