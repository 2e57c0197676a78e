//! Usage errors, and the program's help and version.

use std::process::Command;

use super::listener::{Listener, json, report};
use super::{Run, program, run};

#[test]
fn a_usage_error_exits_neither_with_0_nor_with_dockers_2() {
    let url = "http://127.0.0.1:1/";
    for (arguments, part) in [
        (&["probe"][..], "required"),
        (&["probe", url, "--typo"], "--typo"),
        (&["probe", url, url], "unexpected argument"),
        (&["probe", url, "--timeout", "2"], "`--timeout` must not be `2`"),
        (&["probe", url, "--timeout", "0s"], "more than zero"),
        (&["probe", url, "--format", "yaml"], "yaml"),
        (&["probe", "https://127.0.0.1"], "must not be an HTTPS URL"),
        (&["probe", "127.0.0.1"], "must have a host and a port"),
        (&["prob", url], "prob"),
        (&[], "Usage"),
    ] {
        let found = run(&mut program(arguments));
        assert_eq!((found.exit_code, &*found.stdout), (1, ""), "{arguments:?}: {found:?}");
        assert!(found.stderr.contains(part), "{arguments:?}: {found:?}");
    }
}

#[test]
fn a_usage_error_is_unknown_to_nagios_and_critical_to_consul() {
    for mistake in [&["--typo"][..], &["--timeout", "2"], &["--help"], &["https://127.0.0.1"]] {
        for (format, exit_code) in [("nagios", 3), ("consul", 2), ("text", 1), ("json", 1)] {
            for format in [&["--format", format][..], &[&format!("--format={format}")]] {
                let arguments = [&["probe"], format, mistake].concat();
                let Run { exit_code: found, stdout, stderr } = run(&mut program(&arguments));
                assert_eq!(found, exit_code, "{arguments:?}: {stdout}{stderr}");
                if exit_code == 3 {
                    assert_eq!(stderr, "", "nagios does not read it: {arguments:?}");
                    assert_ne!(stdout, "", "{arguments:?}");
                }
            }
        }
    }
}

#[test]
fn the_program_describes_itself() {
    let version = run(&mut program(&["--version"]));
    let expected = format!("panopticon {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!((version.exit_code, version.stdout), (0, expected));
    let help = run(&mut program(&["--help"]));
    assert_eq!(help.exit_code, 0);
    assert!(help.stdout.contains("probe"), "{help:?}");
    // Help is not an answer of a service.
    let help = run(&mut program(&["probe", "--help"]));
    assert_eq!(help.exit_code, 1);
    for part in ["--timeout", "2500ms", "unix:", "nagios", "consul", "json", "PANOPTICON_TOKEN"] {
        assert!(help.stdout.contains(part), "{part}: {help:?}");
    }
}

#[cfg(unix)]
#[test]
fn closed_outputs_change_nothing() {
    let url = Listener::answering(json("200 OK", &report(true, "", ""))).url();
    for (arguments, exit_code) in [(format!("probe {url} --timeout 60s"), 0), ("prob".into(), 1)] {
        let line = format!("'{}' {arguments} >&- 2>&-", env!("CARGO_BIN_EXE_panopticon"));
        let status = Command::new("sh").args(["-c", &line]).status().unwrap();
        assert_eq!(status.code(), Some(exit_code), "{line}");
    }
}
