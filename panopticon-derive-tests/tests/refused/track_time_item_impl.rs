use panopticon::track_time;

#[track_time("orders.import")]
impl Orders {
    fn import() {}
}

struct Orders;

fn main() {}
