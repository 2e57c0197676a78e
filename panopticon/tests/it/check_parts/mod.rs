//! The parts of which users build their own checks.

mod level;
mod random;
