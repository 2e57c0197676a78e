panopticon::discover!(shop-orders, warehouse);

fn main() {}
