//! Keeps panics in code that is not ours from reaching callers.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The error of an action that panicked. It does not contain the payload, which may hold secrets,
/// and which the panic hook has already received.
pub(crate) struct Panicked;

/// Runs an action that may panic.
pub(crate) fn contain_panics<T>(action: impl FnOnce() -> T) -> Result<T, Panicked> {
    // Whatever the action left half done is dropped with it: nothing sees a broken invariant.
    catch_unwind(AssertUnwindSafe(action)).map_err(|payload| {
        discard(payload);
        Panicked
    })
}

/// Drops a panic's payload, which may itself panic when dropped.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(payload_of_drop) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(payload_of_drop);
    }
}
