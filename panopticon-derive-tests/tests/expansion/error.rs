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
    "health check `database` must not have an option `retries`; the known ones are `name = \"database\"`, `timeout = \"2s\"`, `cache = \"1s\"`, `interval = \"30s\"`, `initial_delay = \"5s\"`, `retry_interval = \"5s\"`, `failure_threshold = 3`, `success_threshold = 1`, `critical = false`, `tags = [\"queue\"]`, `depends_on = [orders::healthchecks::database]`, `if_provided`, `liveness`, `readiness`, `startup`, `no_probe`, `crate = renamed::panopticon`"
}
::core::compile_error! {
    "health check `database` must have only one `#[healthcheck]`; remove this one"
}
::core::compile_error! {
    "health check `database` must not be `const`, because it runs at run time; remove `const`"
}
::core::compile_error! {
    "health check `database` must not be `unsafe`, because no caller could uphold its contract; write an `unsafe` block inside"
}
::core::compile_error! {
    "health check `database` must not be `extern`, because Rust code calls it; remove the ABI"
}
::core::compile_error! {
    "health check `database` must take resources by reference, because they are shared; write `&` before this type"
}
/// Documented.
pub unsafe fn database(pool: Pool) -> Health {
    Health::healthy("available")
}
