//! Compares the answers that the kubelet got with the faults that there were.

use std::fmt;
use std::time::Instant;

use crate::faults::Fault;
use crate::machine::Stall;
use crate::prober::{Answer, Outcome, PERIOD, Path};

/// The number of failures in a row after which the kubelet restarts a container. It is taken out of
/// rotation after the first, which is more than the kubelet's default asks for.
const FAILURE_THRESHOLD: usize = 3;

/// A fault that has occurred.
pub(crate) struct Episode {
    pub(crate) fault: Fault,
    pub(crate) from: Instant,
    pub(crate) until: Instant,
    pub(crate) effects: usize,
}

/// Everything that has happened.
pub(crate) struct Record {
    pub(crate) start: Instant,
    pub(crate) answers: Vec<Answer>,
    pub(crate) episodes: Vec<Episode>,
    pub(crate) stalls: Vec<Stall>,
}

impl Episode {
    /// Returns whether this explains that a question failed. No fault explains that there was no
    /// answer in time.
    fn explains(&self, answer: &Answer) -> bool {
        self.fault.fails.contains(&answer.path)
            && matches!(answer.outcome, Outcome::Failed(_))
            && answer.answered >= self.from
            && answer.asked <= self.until + self.fault.settles
    }

    /// Returns whether a question must fail because of this.
    fn must_show_in(&self, answer: &Answer) -> bool {
        self.fault.fails.contains(&answer.path)
            && answer.asked >= self.from + self.fault.settles
            && answer.answered <= self.until
    }
}

impl Record {
    /// Returns what should not have happened, or should have happened and has not.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let unexplained = self.answers.iter().filter(|answer| self.is_unexplained(answer));
        let mut complaints: Vec<String> =
            unexplained.map(|answer| format!("unexplained: {}", self.line(answer))).collect();
        complaints.extend(self.unexplained_restarts());
        for episode in &self.episodes {
            let missing = self.missing(episode).into_iter();
            let name = episode.fault.name;
            complaints.extend(missing.map(|what| format!("\"{name}\" was not seen: {what}")));
        }
        complaints
    }

    fn is_unexplained(&self, answer: &Answer) -> bool {
        !answer.has_passed()
            && !self.episodes.iter().any(|episode| episode.explains(answer))
            && !self.was_machine_late(answer.asked, answer.answered)
    }

    fn unexplained_restarts(&self) -> impl Iterator<Item = String> {
        let evidence = |at: Instant| {
            self.episodes.iter().any(|Episode { fault, from, until, .. }| {
                fault.fails.contains(&Path::Liveness)
                    && (*from..=*until + fault.settles).contains(&at)
            })
        };
        let is_judged = |answer: &Answer| !self.was_machine_late(answer.asked, answer.answered);
        let restarts = self.restarts(is_judged).into_iter().filter(move |&at| !evidence(at));
        restarts.map(|at| format!("{:5.1} s: restarted without evidence", self.seconds(at)))
    }

    /// Returns what should have been seen of a fault and was not.
    fn missing(&self, episode: &Episode) -> Vec<String> {
        let Episode { fault, from, until, effects } = episode;
        let mut missing = Vec::new();
        if *effects == 0 {
            missing.push("it had no effect".to_owned());
        }
        for &path in fault.fails {
            let of_path = || self.answers.iter().filter(move |answer| answer.path == path);
            if !of_path().any(|answer| episode.explains(answer)) {
                missing.push(format!("{path:?} never failed"));
            }
            let hides = |answer: &&Answer| {
                answer.has_passed()
                    && episode.must_show_in(answer)
                    && !self.was_machine_late(*from, answer.answered)
            };
            missing.extend(of_path().filter(hides).map(|answer| self.line(answer)));
        }
        let is_during = |at: &Instant| (*from..=*until + fault.settles).contains(at);
        if fault.fails.contains(&Path::Liveness) && !self.restarts(|_| true).iter().any(is_during) {
            missing.push("no restart".to_owned());
        }
        missing
    }

    /// Returns when the kubelet would have restarted the service, if only these answers count.
    fn restarts(&self, counts: impl Fn(&Answer) -> bool) -> Vec<Instant> {
        let mut failures = 0;
        let mut restarts = Vec::new();
        let of_liveness = self.answers.iter().filter(|answer| answer.path == Path::Liveness);
        for answer in of_liveness.filter(|answer| counts(answer)) {
            failures = if answer.has_passed() { 0 } else { failures + 1 };
            if failures == FAILURE_THRESHOLD {
                restarts.push(answer.answered);
                failures = 0;
            }
        }
        restarts
    }

    /// Returns whether the machine was late meanwhile, or so shortly before that cached results may
    /// still show it.
    fn was_machine_late(&self, from: Instant, until: Instant) -> bool {
        self.stalls.iter().any(|stall| stall.from <= until && stall.until + PERIOD >= from)
    }

    fn seconds(&self, at: Instant) -> f64 {
        at.saturating_duration_since(self.start).as_secs_f64()
    }

    fn line(&self, answer: &Answer) -> String {
        let Answer { path, asked, answered, outcome } = answer;
        let took = *answered - *asked;
        let (what, text) = match outcome {
            Outcome::Passed(text) => ("passed", text),
            Outcome::Failed(text) => ("failed", text),
            Outcome::NoAnswer(text) => ("gave up", text),
        };
        let body = text.split_once("\r\n\r\n").map_or(&**text, |(_, body)| body);
        format!("{:5.1} s: {path:?} {what} after {took:.3?}: {body}", self.seconds(*asked))
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for path in Path::ALL {
            let answers = || self.answers.iter().filter(|answer| answer.path == path);
            let longest = answers().map(|answer| answer.answered - answer.asked).max();
            let (all, longest) = (answers().count(), longest.unwrap_or_default());
            write!(f, "{path:?}: {all} answers, at most after {longest:.3?}; failed at")?;
            for answer in answers().filter(|answer| !answer.has_passed()) {
                write!(f, " {:.1}", self.seconds(answer.asked))?;
            }
            writeln!(f, " s")?;
        }
        for &Stall { from, until } in &self.stalls {
            writeln!(f, "{:5.1} s: the machine was {:.3?} late", self.seconds(from), until - from)?;
        }
        Ok(())
    }
}
