//! Tests of what `#[healthcheck]` accepts, refuses and expands to; see `tests`.
