//! Has no check, while the binary of the same name has one.
