//! The program `panopticon`.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::{EnumValueParser, PossibleValue};
use clap::error::ErrorKind;
use clap::{Arg, Command, ValueEnum};

use super::arguments::read_timeout;
use super::nagios::{self, State};
use super::outcome::{Outcome, Verdict};
use super::target::Target;
use super::{FAILED, ask, print, text};

const PROBE: &str = "probe";
const FORMAT: &str = "format";
const TIMEOUT: &str = "timeout";
const TARGET: &str = "target";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    Json,
    Nagios,
    Consul,
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Text, Self::Json, Self::Nagios, Self::Consul]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Text => PossibleValue::new("text")
                .help("A line for each component that is not healthy; exits with 0 or 1"),
            Self::Json => PossibleValue::new("json")
                .help("The report, or an object with the key `error`; exits with 0 or 1"),
            Self::Nagios => PossibleValue::new("nagios")
                .help("With performance data; exits with 0 to 3: OK, WARNING, CRITICAL, UNKNOWN"),
            Self::Consul => PossibleValue::new("consul")
                .help("As text; exits with 0 to 2: passing, warning, critical"),
        })
    }
}

impl Format {
    fn exit_code(self, verdict: Verdict) -> u8 {
        match self {
            Self::Text | Self::Json => {
                if verdict.is_served() {
                    0
                } else {
                    FAILED
                }
            }
            Self::Nagios => State::of(verdict).exit_code(),
            Self::Consul => match verdict {
                Verdict::Healthy => 0,
                Verdict::Degraded => 1,
                _ => 2,
            },
        }
    }

    /// Returns the exit code if nothing has been asked.
    fn exit_code_of_a_mistake(self) -> u8 {
        match self {
            Self::Text | Self::Json => FAILED,
            Self::Nagios => State::Unknown.exit_code(),
            Self::Consul => 2,
        }
    }

    fn output(self, outcome: &Outcome) -> String {
        match self {
            Self::Text | Self::Consul => text::lines(outcome),
            Self::Nagios => nagios::output(outcome),
            Self::Json => match &outcome.json {
                Some(json) => format!("{}\n", json.trim_end()),
                None => without_report(outcome),
            },
        }
    }

    /// Returns the format that a command line asks for, which may be mistaken elsewhere.
    fn of_mistaken(arguments: &[OsString]) -> Self {
        let mut last = Self::Text;
        let mut arguments = arguments.iter().filter_map(|argument| argument.to_str());
        while let Some(argument) = arguments.next() {
            let value = match argument.strip_prefix("--format") {
                Some("") => arguments.next(),
                Some(value) => value.strip_prefix('='),
                None => None,
            };
            if let Some(format) = value.and_then(|value| Self::from_str(value, false).ok()) {
                last = format;
            }
        }
        last
    }
}

/// Returns the JSON of an answer that has none.
fn without_report(outcome: &Outcome) -> String {
    let lines: Vec<&str> =
        std::iter::once(&outcome.summary).chain(&outcome.findings).map(String::as_str).collect();
    let key = if outcome.verdict.is_served() { "answer" } else { "error" };
    format!("{}\n", serde_json::json!({ key: lines.join("; ") }))
}

fn command() -> Command {
    let probe = Command::new(PROBE)
        .about("Asks a service for its health")
        .long_about(
            "Asks a service for its health, prints the components that are not healthy, and exits \
             with 0 if the service is healthy or degraded, and with 1 otherwise. The formats nagios \
             and consul have exit codes of their own. No other outcome exits with 0, and neither \
             does this help.",
        )
        .arg(Arg::new(TARGET).value_name("URL").required(true).help(
            "http://HOST[:PORT][/PATH], HOST:PORT[/PATH] or unix:/SOCKET[:/PATH]. Without a path, \
             PANOPTICON_PATH or /healthcheck is requested",
        ))
        .arg(
            Arg::new(TIMEOUT)
                .long(TIMEOUT)
                .value_name("DURATION")
                .default_value("2500ms")
                .value_parser(|text: &str| read_timeout(text))
                .help("How long the whole answer may take, such as 500ms or 2s"),
        )
        .arg(
            Arg::new(FORMAT)
                .long(FORMAT)
                .value_name("FORMAT")
                .default_value("text")
                .value_parser(EnumValueParser::<Format>::new())
                .help("What is printed, and the exit codes"),
        )
        .after_help(
            "Set PANOPTICON_TOKEN to the service's token to see the texts of errors. It is sent to \
             loopback addresses and Unix sockets only.",
        );
    Command::new("panopticon")
        .about("Health checks for Rust services")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(probe)
}

/// Runs the program `panopticon`, and returns its exit code.
#[must_use]
pub fn command_line() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    ExitCode::from(run(&arguments))
}

fn run(arguments: &[OsString]) -> u8 {
    let mut matches = match command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => return print_clap_error(&error, arguments),
    };
    let Some((_, mut matches)) = matches.remove_subcommand() else { return FAILED };
    let format = matches.remove_one(FORMAT).unwrap_or(Format::Text);
    let timeout: Option<Duration> = matches.remove_one(TIMEOUT);
    let target: Option<String> = matches.remove_one(TARGET);
    let target = Target::read(target.as_deref().unwrap_or_default());
    match target.and_then(|target| ask(target, timeout.unwrap_or(super::DEFAULT_TIMEOUT))) {
        Ok(outcome) => {
            print(&format.output(&outcome));
            format.exit_code(outcome.verdict)
        }
        Err(mistake) => {
            print_mistake(format, &format!("the target {mistake}\n"));
            format.exit_code_of_a_mistake()
        }
    }
}

/// Prints what clap says, and returns the exit code, which is never clap's own 2 by chance.
fn print_clap_error(error: &clap::Error, arguments: &[OsString]) -> u8 {
    let is_probe = arguments.get(1).is_some_and(|argument| argument == PROBE);
    let format = Format::of_mistaken(arguments);
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            print(&error.to_string());
            if is_probe { format.exit_code_of_a_mistake() } else { 0 }
        }
        _ => {
            print_mistake(format, &error.to_string());
            format.exit_code_of_a_mistake()
        }
    }
}

fn print_mistake(format: Format, mistake: &str) {
    if format == Format::Nagios {
        // Nagios reads only standard output, whose first line it shows.
        print(&format!("PANOPTICON UNKNOWN: {}", nagios::escaped(mistake)));
    } else {
        // If standard error is closed, the exit code still says it.
        let _ = std::io::stderr().write_all(mistake.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
        let default = super::super::DEFAULT_TIMEOUT;
        assert_eq!(read_timeout("2500ms"), Ok(default), "the default value of `--timeout`");
    }
}
