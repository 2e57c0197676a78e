use panopticon::healthcheck;

struct Pool;

#[healthcheck(
    timeout = "0s",
    name = "order book",
    retries = 3,
    critical = "no",
    tags = ["two words", "queue", "queue"],
    no_probe,
    startup,
    timeout = "1s",,
)]
#[healthcheck]
const unsafe extern "C" fn database<T: Copy>(
    _pool: Pool,
    _queue: &'static mut Pool,
    _store: &impl Copy,
    #[cfg(all())] _last: Vec<T>,
) -> !
where
    T: Default,
{
    panic!("no database")
}

fn main() {}
