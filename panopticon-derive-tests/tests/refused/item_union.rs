use panopticon::healthcheck;

#[healthcheck]
union Database {
    a: u8,
}

fn main() {}
