//! What a check, or a publisher, does at the moment: work, or not.

use std::future::pending;
use std::panic::resume_unwind;
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::Duration;

use panopticon::Health;

use crate::prober::PERIOD;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behavior {
    Works,
    Fails,
    /// The first two runs fail.
    FailsTwice,
    /// Every other run fails.
    Flaps,
    Panics,
    /// Until the behavior changes or, if the check is async, until it is dropped.
    Hangs,
    /// The first run never ends.
    FirstRunHangs,
    TakesLong(Duration),
}

pub(crate) struct Switch {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    behavior: Behavior,
    /// The number of runs since the behavior changed.
    runs: usize,
}

type Outcome = Result<Health, &'static str>;

impl Switch {
    pub(crate) fn new(behavior: Behavior) -> Self {
        Self { state: Mutex::new(State { behavior, runs: 0 }), changed: Condvar::new() }
    }

    /// Behaves like this for a while, and then works again. Returns the number of runs meanwhile.
    pub(crate) fn behave(&self, behavior: Behavior, lasts: Duration) -> usize {
        self.change(behavior);
        thread::sleep(lasts);
        self.change(Behavior::Works)
    }

    /// Lets one run hang, which never ends. Lasts for this time after it has begun.
    pub(crate) fn hang_once(&self, lasts: Duration) -> usize {
        self.change(Behavior::FirstRunHangs);
        let state = self.state.lock().unwrap();
        let begins = self.changed.wait_timeout_while(state, 3 * PERIOD, |state| state.runs == 0);
        drop(begins.unwrap());
        thread::sleep(lasts);
        self.change(Behavior::Works)
    }

    fn change(&self, behavior: Behavior) -> usize {
        let mut state = self.state.lock().unwrap();
        let State { runs, .. } = std::mem::replace(&mut *state, State { behavior, runs: 0 });
        self.changed.notify_all();
        runs
    }

    fn begin_run(&self) -> State {
        let mut state = self.state.lock().unwrap();
        state.runs += 1;
        self.changed.notify_all();
        State { ..*state }
    }

    /// The body of an async check.
    pub(crate) async fn run(&self) -> Outcome {
        let run = self.begin_run();
        match run.behavior {
            Behavior::Hangs => pending().await,
            Behavior::TakesLong(time) => tokio::time::sleep(time).await,
            _ => {}
        }
        run.outcome()
    }

    /// The body of a blocking check.
    pub(crate) fn run_blocking(&self) -> Outcome {
        let run = self.begin_run();
        match run.behavior {
            Behavior::Hangs => {
                let state = self.state.lock().unwrap();
                drop(
                    self.changed.wait_while(state, |now| now.behavior == Behavior::Hangs).unwrap(),
                );
            }
            Behavior::FirstRunHangs if run.runs == 1 => loop {
                thread::park();
            },
            Behavior::TakesLong(time) => thread::sleep(time),
            _ => {}
        }
        run.outcome()
    }
}

impl State {
    fn outcome(&self) -> Outcome {
        let fails = match self.behavior {
            // Without a message from the panic hook, since it is a part of the test.
            Behavior::Panics => resume_unwind(Box::new("out of order")),
            Behavior::Fails => true,
            Behavior::FailsTwice => self.runs <= 2,
            Behavior::Flaps => self.runs % 2 == 1,
            _ => false,
        };
        if fails { Err("out of order") } else { Ok(Health::healthy("works")) }
    }
}
