//! A renamed dependency. Its code refers to one of its own dependencies, and not to the other.

use panopticon::healthcheck;

#[healthcheck]
fn bills() {
    ledger::balance();
}
