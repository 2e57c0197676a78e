//! Is a renamed dependency. Its code names one of its own dependencies, and not the other.

use panopticon::healthcheck;

#[healthcheck]
fn bills() {
    ledger::balance();
}
