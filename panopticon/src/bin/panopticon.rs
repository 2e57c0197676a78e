//! The program `panopticon`, which asks services for their health.

use std::process::ExitCode;

fn main() -> ExitCode {
    panopticon::__private::command_line()
}
