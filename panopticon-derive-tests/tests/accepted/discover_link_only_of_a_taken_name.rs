//! `discover!` does not import the names of a crate listed as `#[link_only]`: `build()` compares
//! them.

use panopticon::{Panopticon, ProblemKind};

panopticon::discover!(
    #[link_only]
    harbour
);

#[panopticon::healthcheck]
fn cranes() {}

fn main() {
    let error = Panopticon::builder().build().unwrap_err();
    let kinds: Vec<_> = error.problems().iter().map(|problem| problem.kind()).collect();
    assert_eq!(kinds, [ProblemKind::DuplicateName], "{error}");
}
