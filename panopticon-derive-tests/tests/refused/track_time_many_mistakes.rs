use panopticon::track_time;

#[track_time(
    "order book",
    unit = "min",
    "orders.import",
    retries = 3,
    tags = [("a b", "c:"), ("kind", ""), "kind:book", ("kind", "book"), ("kind", "novel")],
    unit = "s",,
    crate = "panopticon",
)]
#[track_time]
const fn _import() {}

fn main() {}
