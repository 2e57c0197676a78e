// #[track_time("order book", unit = "min", name = "x")]
// /// Documented.
// #[track_time]
// pub const fn import() {}

::core::compile_error! {
    "timed function `import` must have a metric name of ASCII letters, digits, `_` and `.` only, without the ' ' of `order book`; write another one, as in `#[track_time(\"orders.import\")]`"
}
::core::compile_error! {
    "timed function `import` must give `unit` one of \"s\", \"ms\", \"us\" and \"ns\"; write `unit = \"ms\"`"
}
::core::compile_error! {
    "timed function `import` must not have an option `name`; there are the metric's name alone, as in `#[track_time(\"orders.import\")]`, and `unit = \"ms\"`, `tags = [(\"kind\", \"book\")]`, `crate = renamed::panopticon`"
}
::core::compile_error! {
    "timed function `import` must have one `#[track_time]`, or each call is recorded twice; remove this one"
}
::core::compile_error! {
    "timed function `import` must not be `const`, for there is no clock where a constant is computed; remove the word, or the attribute"
}
/// Documented.
pub const fn import() {}
