//! Exports a macro with the name of one in `orders`, so it is listed as `#[link_only]`.

#[panopticon::healthcheck]
fn weights() {}

#[macro_export]
macro_rules! round {
    ($grams:expr) => {
        $grams / 1000
    };
}
