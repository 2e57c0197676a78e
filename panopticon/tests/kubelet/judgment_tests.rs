//! Tests of the judgment itself, which must not let everything pass.

use std::time::{Duration, Instant};

use crate::faults::Fault;
use crate::judgment::{Episode, Record};
use crate::machine::Stall;
use crate::prober::{Answer, Outcome, Path};

/// A record in which a fault of this path lasts from the 10th second to the 20th and settles within
/// two, and these questions fail.
fn record(path: Path, failed: &[(Path, u64)]) -> Record {
    let start = Instant::now();
    let at = |second| start + Duration::from_secs(second);
    let answer = |path, second| {
        let has_failed = failed.contains(&(path, second));
        let outcome = if has_failed { Outcome::Failed } else { Outcome::Passed }(String::new());
        Answer { path, asked: at(second), answered: at(second), outcome }
    };
    let of_path = |path| (0..30).map(move |second| answer(path, second));
    let fault = Fault {
        name: "a fault",
        fails: match path {
            Path::Liveness => &[Path::Liveness],
            _ => &[Path::Readiness],
        },
        settles: Duration::from_secs(2),
        lasts: Duration::from_secs(10),
        occurs: |_, _| 1,
    };
    Record {
        start,
        answers: of_path(Path::Liveness).chain(of_path(Path::Readiness)).collect(),
        episodes: vec![Episode { fault, from: at(10), until: at(20), effects: 1 }],
        stalls: Vec::new(),
    }
}

fn failures(path: Path, seconds: impl IntoIterator<Item = u64>) -> Vec<(Path, u64)> {
    seconds.into_iter().map(|second| (path, second)).collect()
}

#[track_caller]
fn assert_complaints(record: &Record, expected: &[&str]) {
    let complaints = record.complaints();
    assert_eq!(complaints.len(), expected.len(), "{complaints:#?}");
    for (complaint, expected) in complaints.iter().zip(expected) {
        assert!(complaint.contains(expected), "{complaints:#?}");
    }
}

#[test]
fn a_fault_explains_failures_while_it_settles_and_until_it_has() {
    for failed in [10..=22, 12..=20] {
        assert_complaints(&record(Path::Readiness, &failures(Path::Readiness, failed)), &[]);
    }
}

#[test]
fn failures_at_other_times_and_of_other_paths_are_unexplained() {
    let mut failed = failures(Path::Readiness, 9..=23);
    failed.push((Path::Liveness, 15));
    let expected = ["15.0 s: Liveness", "9.0 s: Readiness", "23.0 s: Readiness"];
    assert_complaints(&record(Path::Readiness, &failed), &expected);
}

#[test]
fn no_fault_explains_that_there_is_no_answer() {
    let mut unanswered = record(Path::Readiness, &failures(Path::Readiness, 12..=20));
    let is_in_between = |answer: &Answer| {
        answer.path == Path::Readiness && answer.asked - unanswered.start == Duration::from_secs(15)
    };
    let position = unanswered.answers.iter().position(is_in_between).unwrap();
    unanswered.answers[position].outcome = Outcome::NoAnswer("timed out".to_owned());
    assert_complaints(&unanswered, &["15.0 s: Readiness gave up"]);
}

#[test]
fn a_fault_must_be_seen_by_every_question() {
    let failed = failures(Path::Readiness, (12..=20).filter(|&second| second != 15));
    assert_complaints(&record(Path::Readiness, &failed), &["15.0 s: Readiness passed"]);

    let mut without_effect = record(Path::Readiness, &failures(Path::Readiness, 12..=20));
    without_effect.episodes[0].effects = 0;
    assert_complaints(&without_effect, &["it had no effect"]);
}

#[test]
fn only_evidence_restarts_the_service() {
    let evidence = failures(Path::Liveness, 12..=20);
    assert_complaints(&record(Path::Liveness, &evidence), &[]);

    let without = failures(Path::Liveness, 3..=5);
    let complaints = record(Path::Liveness, &[without, evidence].concat()).complaints();
    assert_eq!(complaints.len(), 4, "{complaints:#?}");
    assert!(complaints[3].contains("5.0 s: restarted without evidence"), "{complaints:#?}");

    let expected = ["never failed", "no restart"];
    let complaints = record(Path::Liveness, &[]).complaints();
    for expected in expected {
        assert!(complaints.iter().any(|it| it.contains(expected)), "{complaints:#?}");
    }
}

#[test]
fn what_a_late_machine_may_have_caused_is_not_judged() {
    let failed = [
        failures(Path::Readiness, 12..=20),
        failures(Path::Liveness, 3..=5),
        failures(Path::Readiness, [25, 28]),
    ];
    let mut late = record(Path::Readiness, &failed.concat());
    let at = |second| late.start + Duration::from_secs(second);
    let stalls = [(3, 5), (24, 25)].map(|(from, until)| Stall { from: at(from), until: at(until) });
    late.stalls = stalls.into();
    assert_complaints(&late, &["28.0 s: Readiness"]);
}
