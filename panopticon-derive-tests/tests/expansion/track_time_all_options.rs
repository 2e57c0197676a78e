// #[track_time("orders.import", unit = "us", tags = [("kind", "book"), ("team", "a:b")], crate = metrics)]
// fn import(&self) {}

fn import(&self) {
    let __panopticon_timer = metrics::__private::time_until_dropped(
        "orders.import",
        metrics::__private::Unit::Microseconds,
        &[("kind", "book"), ("team", "a:b")],
    );
}
