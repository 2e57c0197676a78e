//! Checks that count their runs and whose results a test decides, and a hold on the paused clock.

use std::future::{Ready, ready};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use panopticon::Health;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A check that ends at once, with the result that it was last given.
#[derive(Clone)]
pub(crate) struct Scripted(Arc<(Mutex<Health>, AtomicUsize)>);

impl Scripted {
    pub(crate) fn new(health: Health) -> Self {
        Self(Arc::new((Mutex::new(health), AtomicUsize::new(0))))
    }

    pub(crate) fn healthy() -> Self {
        Self::new(Health::healthy(""))
    }

    pub(crate) fn say(&self, health: Health) {
        *self.0.0.lock().unwrap() = health;
    }

    pub(crate) fn runs(&self) -> usize {
        self.0.1.load(Ordering::SeqCst)
    }

    pub(crate) fn check(&self) -> impl Fn() -> Ready<Health> + Send + Sync + use<> {
        let script = self.clone();
        move || {
            script.0.1.fetch_add(1, Ordering::SeqCst);
            ready(script.0.0.lock().unwrap().clone())
        }
    }
}

/// A check that blocks its thread until it is released, then reports the number of its run. Runs
/// that begin after the release do not block.
pub(crate) struct Held(Arc<Gate>);

struct Gate {
    is_open: Mutex<bool>,
    opened: Condvar,
    runs: watch::Sender<usize>,
}

impl Held {
    pub(crate) fn new() -> Self {
        let (is_open, opened) = (Mutex::new(false), Condvar::new());
        Self(Arc::new(Gate { is_open, opened, runs: watch::Sender::new(0) }))
    }

    pub(crate) fn check_blocking(&self) -> impl Fn() -> Health + Send + Sync + use<> {
        let gate = Arc::clone(&self.0);
        move || {
            let mut run = 0;
            gate.runs.send_modify(|runs| {
                *runs += 1;
                run = *runs;
            });
            let is_open = gate.is_open.lock().unwrap();
            drop(gate.opened.wait_while(is_open, |is_open| !*is_open).unwrap());
            Health::healthy(format!("run {run}"))
        }
    }

    /// Returns an async check that blocks the thread it is polled on.
    pub(crate) fn check(&self) -> impl Fn() -> Ready<Health> + Send + Sync + use<> {
        let block = self.check_blocking();
        move || ready(block())
    }

    pub(crate) fn runs(&self) -> usize {
        *self.0.runs.borrow()
    }

    /// Waits until this number of runs has begun. Meanwhile, the paused clock may advance.
    pub(crate) async fn begun(&self, runs: usize) {
        self.0.runs.subscribe().wait_for(|&begun| begun >= runs).await.unwrap();
    }

    pub(crate) fn release(&self) {
        *self.0.is_open.lock().unwrap() = true;
        self.0.opened.notify_all();
    }
}

/// A test that fails leaves no blocked thread, which its runtime would wait for.
impl Drop for Held {
    fn drop(&mut self) {
        self.release();
    }
}

/// A value that sets its flag when dropped.
pub(crate) struct OnDrop(pub(crate) Arc<AtomicBool>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A hold that keeps tokio's paused clock from advancing to the next timer. Otherwise, it does so
/// when all tasks wait, even if they wait for another runtime.
pub(crate) struct HeldClock(JoinHandle<()>);

impl HeldClock {
    pub(crate) fn new() -> Self {
        Self(tokio::spawn(async {
            loop {
                tokio::task::yield_now().await;
            }
        }))
    }
}

impl Drop for HeldClock {
    fn drop(&mut self) {
        self.0.abort();
    }
}
