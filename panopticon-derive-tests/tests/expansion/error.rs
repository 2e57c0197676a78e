// #[healthcheck(name = "order book", timeout = "0s", retries = 3)]
// /// Documented.
// #[healthcheck]
// pub const unsafe extern "C" fn database(pool: Pool) -> Health {
//     Health::healthy("available")
// }

::core::compile_error! {
    "health check `database` must have a name of ASCII letters, digits, `_`, `.` and `-` only, without the ' ' of `order book`; write another one in `name = \"…\"`"
}
::core::compile_error! {
    "health check `database` must give `timeout` more than zero; write `timeout = \"2s\"`"
}
::core::compile_error! {
    "health check `database` must not have an option `retries`; there are `name = \"database\"`, `timeout = \"2s\"`, `cache = \"1s\"`, `interval = \"30s\"`, `initial_delay = \"5s\"`, `failure_threshold = 3`, `success_threshold = 1`, `critical = false`, `tags = [\"queue\"]`, `depends_on = [orders::healthchecks::database]`, `liveness`, `readiness`, `startup`, `crate = renamed::panopticon`"
}
::core::compile_error! {
    "health check `database` must have one `#[healthcheck]`, or it is registered twice; remove this one"
}
::core::compile_error! {
    "health check `database` must not be `const`, for it runs when it is asked; remove the word"
}
::core::compile_error! {
    "health check `database` must not be `unsafe`, for nobody could keep its contract; write the unsafe block inside"
}
::core::compile_error! {
    "health check `database` must not be `extern`, for Rust calls it; remove the ABI"
}
::core::compile_error! {
    "health check `database` must take resources by reference, for they are shared; write `&` before this type"
}
/// Documented.
pub unsafe fn database(pool: Pool) -> Health {
    Health::healthy("available")
}
