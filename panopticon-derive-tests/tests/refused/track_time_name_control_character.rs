use panopticon::track_time;

#[track_time("orders\nimport")]
fn import() {}

fn main() {}
