panopticon::discover!(warehouse #[link_only]);

fn main() {}
