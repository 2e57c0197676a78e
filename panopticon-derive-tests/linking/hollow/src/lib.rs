//! Has no check, but the binary of the same name has one.
