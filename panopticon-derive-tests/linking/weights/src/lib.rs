//! Exports a macro of the name of one of `orders`, so that it can be linked only.

#[panopticon::healthcheck]
fn weights() {}

#[macro_export]
macro_rules! round {
    ($grams:expr) => {
        $grams / 1000
    };
}
