panopticon::collection!(name = "ours");

#[panopticon::healthcheck]
fn check() {}

pub fn refer_to() {}
