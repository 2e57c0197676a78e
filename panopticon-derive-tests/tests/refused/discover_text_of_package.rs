panopticon::discover!("shop-orders");

fn main() {}
