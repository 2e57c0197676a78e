use panopticon::track_time;

#[track_time("orders.import_orders.import_orders.import_orders.import_orders.import_orders.import_orders.import_orders.import_orders.import_orders.import_orders.import_orders.import_orders.import_orders.import_order")]
fn import() {}

fn main() {}
