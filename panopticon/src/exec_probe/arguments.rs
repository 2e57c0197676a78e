//! The arguments of a program that has an exec probe.

use std::ffi::OsString;
use std::time::Duration;

use super::DEFAULT_TIMEOUT;
use crate::check::duration;
use crate::edit_distance::distance;
use crate::escaped::Escaped;

/// The first argument that makes a program probe instead of starting.
const COMMAND: &str = "healthcheck";

/// A first argument that differs from the command in at most this many characters is an error. If
/// it were ignored, the probe would start the service a second time.
const MISSPELLED: usize = 2;

pub(super) const SYNTAX: &str =
    "usage: healthcheck [--timeout 2500ms] [URL | /path | unix:/socket[:/path]]";

#[derive(Debug)]
pub(super) struct Arguments {
    pub(super) target: Option<String>,
    pub(super) timeout: Duration,
}

/// The reason why no probe is run.
#[derive(Debug)]
pub(super) enum Refusal {
    Help,
    Mistake(String),
}

impl From<String> for Refusal {
    fn from(mistake: String) -> Self {
        Self::Mistake(mistake)
    }
}

impl Arguments {
    /// Reads a program's arguments, without the program's name. Returns `None` if they are not for
    /// the probe.
    pub(super) fn read(
        mut arguments: impl Iterator<Item = OsString>,
    ) -> Option<Result<Self, Refusal>> {
        let first = arguments.next()?;
        let first = first.to_str()?;
        if first == COMMAND {
            return Some(Self::read_rest(arguments));
        }
        let word = first.trim_start_matches('-').to_lowercase();
        let is_misspelled = word.len().abs_diff(COMMAND.len()) <= MISSPELLED
            && distance(&word, COMMAND) <= MISSPELLED;
        is_misspelled.then(|| {
            let first = Escaped(first);
            Err(format!("unknown command `{first}`; did you mean `{COMMAND}`?").into())
        })
    }

    fn read_rest(mut arguments: impl Iterator<Item = OsString>) -> Result<Self, Refusal> {
        let (mut target, mut timeout) = (None, None);
        while let Some(argument) = arguments.next() {
            let argument = unicode(argument)?;
            let (option, value) = match argument.split_once('=') {
                Some((option, value)) if option.starts_with('-') => {
                    (option, Some(value.to_owned()))
                }
                _ => (&*argument, None),
            };
            match option {
                "--help" | "-h" => return Err(Refusal::Help),
                "--timeout" if timeout.is_some() => {
                    return Err("`--timeout` is given twice".to_owned().into());
                }
                "--timeout" => {
                    let value = match value {
                        Some(value) => value,
                        None => unicode(arguments.next().ok_or_else(|| {
                            format!("`--timeout` needs a value, {}", duration::SYNTAX)
                        })?)?,
                    };
                    timeout = Some(read_timeout(&value)?);
                }
                _ if option.starts_with('-') => {
                    let option = Escaped(option);
                    return Err(format!("unknown option `{option}`").into());
                }
                _ if target.is_some() => {
                    return Err("only one target is accepted".to_owned().into());
                }
                _ => target = Some(argument),
            }
        }
        Ok(Self { target, timeout: timeout.unwrap_or(DEFAULT_TIMEOUT) })
    }
}

pub(super) fn usage(default_target: &str) -> String {
    format!(
        "Probes the running service. Exits with 0 if it is healthy or degraded, and with 1 otherwise, \
         also after this help, since nothing was probed.\n\n{SYNTAX}\n\n\
         Without a target: {}\n",
        Escaped(super::target::shown(default_target)),
    )
}

/// Reads the value of `--timeout`.
pub(super) fn read_timeout(text: &str) -> Result<Duration, String> {
    duration::parse(text).filter(|&timeout| duration::is_timeout(timeout)).ok_or_else(|| {
        let (accepted, syntax) = (duration::TIMEOUT, duration::SYNTAX);
        format!(
            "`--timeout` must not be `{}`; it takes {accepted}, written as {syntax}",
            Escaped(text)
        )
    })
}

fn unicode(argument: OsString) -> Result<String, Refusal> {
    argument.into_string().map_err(|argument| format!("{argument:?} is not Unicode").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Option<Result<(Option<String>, Duration), String>> {
        let arguments = Arguments::read(arguments.iter().map(OsString::from))?;
        Some(match arguments {
            Ok(Arguments { target, timeout }) => Ok((target, timeout)),
            Err(Refusal::Help) => Err("help".to_owned()),
            Err(Refusal::Mistake(mistake)) => Err(mistake),
        })
    }

    #[test]
    fn only_the_first_argument_makes_it_a_probe() {
        for own in [
            &[][..],
            &["serve"],
            &["--config", "healthcheck"],
            &["serve", "healthcheck"],
            &["health"],
            &["healthcare"],
            &["check"],
            &["migrate"],
            &[""],
        ] {
            assert!(read(own).is_none(), "{own:?}");
        }
        assert_eq!(read(&["healthcheck"]), Some(Ok((None, DEFAULT_TIMEOUT))));
    }

    #[test]
    fn a_misspelled_command_does_not_start_the_service() {
        for misspelled in
            ["health-check", "health_checks", "Healthcheck", "healthchek", "--healthcheck"]
        {
            let Some(Err(mistake)) = read(&[misspelled]) else { panic!("{misspelled}") };
            assert!(mistake.contains("did you mean `healthcheck`?"), "{mistake}");
        }
    }

    #[test]
    fn options_and_the_target_come_in_any_order() {
        let expected = Some(Ok((Some("/livez".to_owned()), Duration::from_millis(500))));
        for arguments in [
            &["healthcheck", "/livez", "--timeout", "500ms"][..],
            &["healthcheck", "--timeout", "500ms", "/livez"],
            &["healthcheck", "--timeout=500ms", "/livez"],
        ] {
            assert_eq!(read(arguments), expected, "{arguments:?}");
        }
        // A `=` separates a value from an option, but does not divide a URL.
        let url = "http://127.0.0.1/healthcheck?tag=a";
        assert_eq!(read(&["healthcheck", url]), Some(Ok((Some(url.to_owned()), DEFAULT_TIMEOUT))));
    }

    #[test]
    fn every_mistake_is_named() {
        for (arguments, part) in [
            (&["--typo"][..], "unknown option `--typo`"),
            (&["--typo=1"], "unknown option `--typo`"),
            (&["-t", "1s"], "unknown option `-t`"),
            (&["--"], "unknown option `--`"),
            (&["--timeout"], "needs a value"),
            (&["--timeout", "2"], "must not be `2`"),
            (&["--timeout", "0s"], "more than zero"),
            (&["--timeout=", "2s"], "must not be ``"),
            (&["--timeout", "1s", "--timeout", "2s"], "twice"),
            (&["/a", "/b"], "one target"),
            (&["--help"], "help"),
            (&["/a", "-h"], "help"),
        ] {
            let all: Vec<&str> = [COMMAND].iter().chain(arguments).copied().collect();
            let Some(Err(mistake)) = read(&all) else { panic!("{arguments:?}") };
            assert!(mistake.contains(part), "{mistake}");
        }
    }
}
