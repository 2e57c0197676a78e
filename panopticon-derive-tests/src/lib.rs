//! Tests of what the macros accept, refuse and expand to; see `tests`.
