//! An outcome as the output of a Nagios plugin, by the Monitoring Plugins Development Guidelines
//! (<https://www.monitoring-plugins.org/doc/guidelines.html>).

use std::fmt::Write as _;
use std::time::Duration;

use super::outcome::{Outcome, Verdict};
use super::text;

/// The state of a service, and the exit code for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Ok,
    Warning,
    Critical,
    Unknown,
}

impl State {
    pub(super) fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Healthy => Self::Ok,
            Verdict::Degraded | Verdict::Draining => Self::Warning,
            Verdict::Unhealthy | Verdict::NoAnswer => Self::Critical,
            Verdict::Unknown | Verdict::NotAReport => Self::Unknown,
        }
    }

    pub(super) fn exit_code(self) -> u8 {
        self as u8
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// Together with the text, this is what Nagios reads of a plugin's output, 8 KiB.
const MAX_PERFORMANCE_BYTES: usize = 4000;

/// Returns the output: the state, the performance data, and a line for each component that is not
/// healthy.
pub(super) fn output(outcome: &Outcome) -> String {
    let findings: Vec<String> = outcome.findings.iter().map(|finding| escaped(finding)).collect();
    let text = text::lines_of(&escaped(&outcome.summary), &findings);
    let (summary, findings) = text.split_once('\n').unwrap_or((&text, ""));
    let state = State::of(outcome.verdict).as_str();
    let performance = performance(&outcome.response_times);
    let separator = if performance.is_empty() { "" } else { " |" };
    format!("PANOPTICON {state}: {summary}{separator}{performance}\n{findings}")
}

/// Returns a text without the `|` after which Nagios reads performance data.
pub(super) fn escaped(text: &str) -> String {
    text.replace('|', "\\u{7c}")
}

/// Returns the response time of each component, as far as they fit.
fn performance(response_times: &[(String, Duration)]) -> String {
    let mut data = String::new();
    for (name, response_time) in response_times {
        let label: String = name
            .chars()
            .map(|c| if c.is_ascii_graphic() && !"'=|;".contains(c) { c } else { '_' })
            .collect();
        let length = data.len();
        let _ = write!(data, " '{label}'={:.6}s;;;0", response_time.as_secs_f64());
        if data.len() > MAX_PERFORMANCE_BYTES {
            data.truncate(length);
            break;
        }
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_pass_for_performance_data() {
        let outcome = Outcome {
            verdict: Verdict::Unhealthy,
            summary: "service unhealthy".to_owned(),
            findings: vec!["disk unhealthy (a | b=1)".to_owned()],
            response_times: vec![
                ("disk".to_owned(), Duration::from_micros(1230)),
                ("it's=a|b\n".to_owned(), Duration::ZERO),
            ],
            json: None,
        };
        assert_eq!(
            output(&outcome),
            "PANOPTICON CRITICAL: service unhealthy | 'disk'=0.001230s;;;0 'it_s_a_b_'=0.000000s;;;0\n\
             disk unhealthy (a \\u{7c} b=1)\n",
        );
    }

    #[test]
    fn nagios_reads_all_of_it() {
        for length in [10, 100, 1000] {
            let outcome = Outcome {
                verdict: Verdict::Unhealthy,
                summary: "|".repeat(length),
                findings: vec!["|".repeat(length); 500],
                response_times: vec![("name".repeat(15), Duration::MAX); 1000],
                json: None,
            };
            let output = output(&outcome);
            assert!(output.len() < 8192, "{}", output.len());
            assert!(output.ends_with(" more\n"), "what is left out is counted: {output}");
            assert_eq!(output.matches('|').count(), 1, "{output}");
        }
    }
}
