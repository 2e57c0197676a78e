panopticon::discover!(crate = panopticon);

fn main() {}
