//! The program `panopticon`, which probes services.

use std::process::ExitCode;

fn main() -> ExitCode {
    panopticon::__private::command_line()
}
