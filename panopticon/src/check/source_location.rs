//! A place in the source code.

use std::fmt;
use std::panic::Location;

/// The place in the source code of a health check, a macro call or a call on the builder; displayed
/// as `file:line`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceLocation {
    file: &'static str,
    line: u32,
}

impl SourceLocation {
    pub(crate) const fn new(file: &'static str, line: u32) -> Self {
        Self { file, line }
    }

    /// Returns the place from which the current function was called.
    #[track_caller]
    pub(crate) fn of_caller() -> Self {
        let caller = Location::caller();
        Self::new(caller.file(), caller.line())
    }

    /// Returns the file's path, as it was given to the compiler.
    #[must_use]
    pub const fn file(&self) -> &'static str {
        self.file
    }

    /// Returns the line, counted from 1.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.line
    }
}

impl fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
