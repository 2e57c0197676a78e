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
    "timed function `import` must not have an option `name`; the known ones are `unit = \"ms\"`, `tags = [(\"kind\", \"book\")]`, `crate = renamed::panopticon`, after the metric's name alone, as in `#[track_time(\"orders.import\")]`"
}
::core::compile_error! {
    "timed function `import` must have only one `#[track_time]`; remove this one"
}
::core::compile_error! {
    "timed function `import` must not be `const`, because there is no clock at compile time; remove `const`, or the attribute"
}
/// Documented.
pub const fn import() {}
