//! When which fault occurs, by a seed.

use std::thread;
use std::time::{Duration, Instant};

use crate::faults::{self, Fault};
use crate::judgment::Episode;
use crate::prober::PERIOD;
use crate::random::Random;
use crate::service::Service;

/// A fault, and when it starts after the start of everything.
pub(crate) struct Planned {
    fault: Fault,
    at: Duration,
}

/// Plans the faults: first those that are hidden, several at a time, which nothing else could
/// explain; then those of critical components, together with hidden ones; at last the one that a
/// restart is for.
pub(crate) fn faults(random: &mut Random) -> Vec<Planned> {
    let mut plan = Plan { faults: Vec::new(), quiet_from: Duration::ZERO };
    plan.add(faults::not_started(), Duration::ZERO);
    let mut at = plan.quiet_from;
    for fault in random.shuffled(faults::hidden()) {
        let overlap = 0.4 + 0.3 * random.fraction();
        let next = at + fault.lasts.mul_f64(overlap);
        plan.add(fault, at);
        at = next;
    }
    at = plan.quiet_from;
    let mut companions = random.shuffled(faults::hidden()).into_iter();
    for fault in random.shuffled(faults::of_critical_components()) {
        for companion in companions.by_ref().take(2) {
            plan.add(companion, at + PERIOD.mul_f64(2.0 * random.fraction()));
        }
        // Before or after the end of this one.
        let next = at + fault.lasts.mul_f64(0.9) + fault.settles.mul_f64(random.fraction());
        plan.add(fault, at);
        at = next;
    }
    plan.add(faults::evidence(), plan.quiet_from);
    plan.faults
}

struct Plan {
    faults: Vec<Planned>,
    /// When nothing that was planned can be noticed any longer.
    quiet_from: Duration,
}

impl Plan {
    fn add(&mut self, fault: Fault, at: Duration) {
        self.quiet_from = self.quiet_from.max(at + fault.lasts + fault.settles);
        self.faults.push(Planned { fault, at });
    }
}

/// Lets each fault occur at its time, on a thread of its own.
pub(crate) fn carry_out(plan: Vec<Planned>, service: &Service, start: Instant) -> Vec<Episode> {
    thread::scope(|scope| {
        let occur = |Planned { fault, at }| {
            scope.spawn(move || {
                thread::sleep((start + at).saturating_duration_since(Instant::now()));
                // What is there from the start precedes every question.
                let from = if at.is_zero() { start } else { Instant::now() };
                println!("{:5.1} s: {}", (from - start).as_secs_f64(), fault.name);
                let effects = (fault.occurs)(service, fault.lasts);
                let until = Instant::now();
                println!("{:5.1} s: no longer {}", (until - start).as_secs_f64(), fault.name);
                Episode { fault, from, until, effects }
            })
        };
        let threads: Vec<_> = plan.into_iter().map(occur).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}
