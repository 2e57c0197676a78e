//! The parts of which users build their own checks.

mod error_rate;
mod level;
mod ping;
mod pulse;
mod running_time;
