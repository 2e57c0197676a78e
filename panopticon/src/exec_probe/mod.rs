//! The exec probe: a program that asks a running service for its health and exits.
//!
//! ```text
//! arguments.rs, command_line.rs -> target.rs -> probe.rs: connect.rs, request.rs, response.rs
//!                                                 -> outcome.rs -> text.rs, nagios.rs
//! ```

mod arguments;
#[cfg(feature = "cli")]
mod command_line;
mod connect;
#[cfg(feature = "cli")]
mod nagios;
mod outcome;
mod probe;
mod request;
mod response;
mod shared_settings;
mod target;
mod text;
mod z_page;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use self::arguments::{Arguments, Refusal};
#[cfg(feature = "cli")]
pub use self::command_line::command_line;
use self::outcome::Outcome;
use self::probe::probe;
use self::shared_settings::from_environment;
use self::target::Target;
use crate::settings::TOKEN;

/// How long a probe waits for the whole answer by default: longer than the 2 s that a check may take
/// by default, so that a check that hangs is named, and shorter than what most callers wait.
const DEFAULT_TIMEOUT: Duration = Duration::from_millis(2500);

/// The exit code of everything that is not healthy or degraded, also of a mistaken command line.
/// Docker reserves 2.
const FAILED: u8 = 1;

#[doc = include_str!("exec_probe.md")]
#[must_use = "return the exit code from `main`; otherwise the service starts a second time"]
pub fn exec_probe(default_target: &str) -> Option<ExitCode> {
    let arguments = match Arguments::read(std::env::args_os().skip(1))? {
        Ok(arguments) => arguments,
        Err(Refusal::Help) => {
            print(&arguments::usage(default_target));
            return Some(ExitCode::from(FAILED));
        }
        Err(Refusal::Mistake(mistake)) => return Some(usage_error(&mistake)),
    };
    let default = match Target::read(default_target) {
        Ok(default) => default,
        Err(mistake) => return Some(usage_error(&format!("the program's own target {mistake}"))),
    };
    let target = match &arguments.target {
        Some(text) => Target::read_below(text, &default),
        None => Ok(default),
    };
    Some(match target.and_then(|target| ask(target, arguments.timeout)) {
        Ok(outcome) => {
            print(&text::lines(&outcome));
            ExitCode::from(if outcome.verdict.is_served() { 0 } else { FAILED })
        }
        Err(mistake) => usage_error(&format!("the target {mistake}")),
    })
}

/// Probes a target with the settings in the environment, which are those of the service.
fn ask(target: Target, timeout: Duration) -> Result<Outcome, String> {
    let target = target.with_path()?;
    let token = from_environment(&TOKEN, &|variable| std::env::var(variable))?;
    Ok(probe(&target, token, timeout))
}

fn usage_error(mistake: &str) -> ExitCode {
    let text = format!("healthcheck: {mistake}\n{}\n", arguments::SYNTAX);
    // If standard error is closed, the exit code still says it.
    let _ = std::io::stderr().write_all(text.as_bytes());
    ExitCode::from(FAILED)
}

/// Writes to standard output, without the panic of `print!` if it is closed.
fn print(text: &str) {
    let mut stdout = std::io::stdout();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}
