//! An outcome as lines of text, for `docker inspect`, Kubernetes events and terminals.

use super::outcome::Outcome;
use crate::health::truncate;

/// What Docker stores of a probe's output. The kubelet reads 10 KiB.
pub(super) const MAX_BYTES: usize = 4096;

/// So that a long message leaves room for other components.
const MAX_LINE_BYTES: usize = 1024;

/// Returns a line about the service, and one for each component that is not healthy, as many as
/// fit. The texts of an outcome are already escaped.
pub(super) fn lines(outcome: &Outcome) -> String {
    lines_of(&outcome.summary, &outcome.findings)
}

/// Returns the same as [`lines`], for texts that are escaped for Nagios.
pub(super) fn lines_of(summary: &str, findings: &[String]) -> String {
    let mut text = line(summary);
    let findings: Vec<String> = findings.iter().map(|finding| line(finding)).collect();
    for (position, finding) in findings.iter().enumerate() {
        let others = omitted(findings.len() - position);
        let is_last = position + 1 == findings.len();
        let reserve = if is_last { 0 } else { others.len() };
        if text.len() + finding.len() + reserve > MAX_BYTES {
            text.push_str(&others);
            break;
        }
        text.push_str(finding);
    }
    text
}

fn line(text: &str) -> String {
    let mut line = text.to_owned();
    truncate(&mut line, MAX_LINE_BYTES - 1);
    line.push('\n');
    line
}

fn omitted(count: usize) -> String {
    format!("… and {count} more\n")
}

#[cfg(test)]
mod tests {
    use super::super::outcome::Verdict;
    use super::*;

    fn of(findings: Vec<String>) -> String {
        let summary = "service unhealthy".to_owned();
        let verdict = Verdict::Unhealthy;
        lines(&Outcome { verdict, summary, findings, response_times: Vec::new(), json: None })
    }

    #[test]
    fn the_length_is_bounded_and_what_is_left_out_is_counted() {
        for length in [1, 10, 100, 1000, 1022, 1023, 1024, 5000] {
            for count in [0, 1, 3, 4, 5, 37, 38, 39, 40, 41, 400, 5000] {
                let text = of(vec!["é".repeat(length); count]);
                assert!(text.len() <= MAX_BYTES, "{length} {count}: {}", text.len());
                assert!(text.ends_with('\n'));
                let shown = text.lines().filter(|line| line.starts_with('é')).count();
                match text.lines().last().and_then(|line| line.strip_prefix("… and ")) {
                    Some(more) => assert_eq!(more, format!("{} more", count - shown)),
                    None => assert_eq!(shown, count),
                }
            }
        }
    }
}
