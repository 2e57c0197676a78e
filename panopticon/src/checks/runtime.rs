//! Checks how long tasks wait until tokio runs them.
//!
//! ```standalone_crate
//! use panopticon::checks::runtime::check_runtime;
//! use panopticon::{Health, healthcheck};
//!
//! #[healthcheck(interval = "5s", failure_threshold = 3)]
//! fn scheduling() -> Health {
//!     check_runtime().check_blocking()
//! }
//! ```
//!
//! | what is found | the result |
//! | --- | --- |
//! | a task runs in time | healthy, `a task ran after 85µs` |
//! | it waits for more than 100 ms | degraded, `a task ran only after 320ms; threads of the runtime are busy or blocked` |
//! | it waits for more than 1 s | unhealthy, `no task ran within 1s; threads of the runtime are busy or blocked` |
//! | more tasks or a longer queue than a bound | degraded or unhealthy, `12000 tasks are alive, more than 10000` |
//! | the runtime has shut down, or there is none | unhealthy, and says so |
//! | a bound is invalid | unhealthy, `runtime not checked: …` with every mistake |
//!
//! The check spawns a task and measures the *delay* until it runs. It spawns it from outside the
//! runtime, so the task goes through the queue that all threads share, like a task that the I/O
//! driver, a timer or another thread wakes. One blocked thread does no harm while others run the
//! task.
//!
//! The details are `delay` (in seconds), and what tokio's stable [metrics] report: `workers`,
//! `alive_tasks`, and `global_queue_depth`, which is the number of tasks in the shared queue.
//!
//! # Or `watch_runtime`
//!
//! [`Builder::watch_runtime`](crate::Builder::watch_runtime) is for *liveness*: it notices when the
//! runtime has run nothing for 10 s, so that the process is restarted. This check is for everything
//! before that: it measures how slow the runtime is right now and, by default, answers readiness, so
//! that a replica that cannot keep up gets less traffic. You can use both, but the watched runtime's
//! component is named `runtime`, so give your check another name.
//!
//! Each run takes a single sample. `failure_threshold` keeps a short burst of load, or a suspended
//! process, from changing the status.
//!
//! # Default bounds
//!
//! | bound | default | source |
//! | --- | --- | --- |
//! | degraded above | 100 ms | a task should reach an `.await` within [10 to 100 µs]; users notice a delay a thousand times as long |
//! | unhealthy above | 1 s | `maxEventLoopDelay` in the documentation of [under-pressure], which sheds load of Node.js services |
//!
//! The numbers of tasks and the length of the queue have no default bounds, since they depend on the
//! service.
//!
//! [metrics]: tokio::runtime::RuntimeMetrics
//! [10 to 100 µs]: https://ryhl.io/blog/async-what-is-blocking/
//! [under-pressure]: https://github.com/fastify/under-pressure

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::measurement::{Findings, Gauge, as_f64};
use super::mistakes::reject;
use crate::check::duration;
use crate::health::{Health, Status};

/// Checks that a task runs within 100 ms on the runtime that the health check belongs to. The methods
/// of [`RuntimeCheck`] change the bounds, and the runtime.
///
/// ```
/// use panopticon::checks::runtime::check_runtime;
/// use panopticon::Status;
///
/// let runtime = tokio::runtime::Builder::new_multi_thread().build()?;
/// let health = check_runtime()
///     .on(runtime.handle())
///     .degraded_above_alive_tasks(10_000)
///     .check_blocking();
/// assert_eq!(health.detail("alive_tasks"), Some(&0.into()));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn check_runtime() -> RuntimeCheck {
    RuntimeCheck {
        runtime: None,
        degraded_delay: Duration::from_millis(100),
        unhealthy_delay: Duration::from_secs(1),
        delay: Gauge::above("delay").degraded(0.1).unhealthy(1.0),
        alive_tasks: Gauge::above("alive_tasks"),
        queue_depth: Gauge::above("queue_depth"),
    }
}

/// A check of a tokio runtime, from [`check_runtime`]: call
/// [`check_blocking`](Self::check_blocking).
///
/// If you keep it, in a resource or a `LazyLock`, instead of creating it for each run, it has
/// hysteresis: once a number has been above a bound, it must fall to 95 % of it.
#[derive(Debug)]
#[must_use = "nothing is checked until `check_blocking` is called"]
pub struct RuntimeCheck {
    runtime: Option<Handle>,
    degraded_delay: Duration,
    unhealthy_delay: Duration,
    /// In seconds.
    delay: Gauge,
    alive_tasks: Gauge,
    queue_depth: Gauge,
}

impl RuntimeCheck {
    /// Checks this runtime, instead of the one that the health check belongs to.
    pub fn on(mut self, runtime: &Handle) -> Self {
        self.runtime = Some(runtime.clone());
        self
    }

    /// Sets the delay above which the check is degraded, instead of 100 ms. More than zero and at
    /// most 30 days.
    pub fn degraded_above_delay(mut self, delay: Duration) -> Self {
        self.degraded_delay = delay;
        self.delay = self.delay.degraded(delay.as_secs_f64());
        self
    }

    /// Sets the delay above which the check is unhealthy, instead of 1 s. More than zero and at most
    /// 30 days. The check waits that long for the task, so the health check's timeout, 2 s by
    /// default, must be longer; otherwise, the timeout is reported instead.
    pub fn unhealthy_above_delay(mut self, delay: Duration) -> Self {
        self.unhealthy_delay = delay;
        self.delay = self.delay.unhealthy(delay.as_secs_f64());
        self
    }

    /// Sets the number of tasks that have not completed above which the check is degraded. Default:
    /// none.
    pub fn degraded_above_alive_tasks(mut self, tasks: u64) -> Self {
        self.alive_tasks = self.alive_tasks.degraded(as_f64(tasks));
        self
    }

    /// Sets the number of tasks that have not completed above which the check is unhealthy.
    /// Default: none.
    pub fn unhealthy_above_alive_tasks(mut self, tasks: u64) -> Self {
        self.alive_tasks = self.alive_tasks.unhealthy(as_f64(tasks));
        self
    }

    /// Sets the length of the runtime's shared queue above which the check is degraded. Default:
    /// none.
    pub fn degraded_above_queue_depth(mut self, tasks: u64) -> Self {
        self.queue_depth = self.queue_depth.degraded(as_f64(tasks));
        self
    }

    /// Sets the length of the runtime's shared queue above which the check is unhealthy. Default:
    /// none.
    pub fn unhealthy_above_queue_depth(mut self, tasks: u64) -> Self {
        self.queue_depth = self.queue_depth.unhealthy(as_f64(tasks));
        self
    }

    /// Runs the check on this thread, for a plain `fn` with `#[healthcheck]`, which is not a thread
    /// of the runtime. In an `async fn`, it would block the very thread whose tasks it waits for.
    pub fn check_blocking(&self) -> Health {
        if let Err(invalid) = reject("runtime", &self.mistakes()) {
            return invalid;
        }
        let Some(runtime) = self.runtime.clone().or_else(|| Handle::try_current().ok()) else {
            return Health::unhealthy(
                "runtime not checked: there is none on this thread; pass one to `.on(…)`",
            );
        };
        // Before the task is spawned, which they would count.
        let metrics = runtime.metrics();
        let load = Load {
            workers: metrics.num_workers(),
            alive_tasks: metrics.num_alive_tasks(),
            queue_depth: metrics.global_queue_depth(),
        };
        self.judge(&load, &Delay::measure(&runtime, self.unhealthy_delay))
    }

    fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        let delays = [
            ("degraded_above_delay", self.degraded_delay),
            ("unhealthy_above_delay", self.unhealthy_delay),
        ];
        for (setting, delay) in delays {
            if !duration::is_timeout(delay) {
                mistakes.push(format!("`{setting}` must be {}, not {delay:?}", duration::TIMEOUT));
            }
        }
        self.delay.validate(&mut mistakes);
        self.alive_tasks.validate(&mut mistakes);
        self.queue_depth.validate(&mut mistakes);
        mistakes
    }

    fn judge(&self, load: &Load, delay: &Delay) -> Health {
        const CAUSE: &str = "threads of the runtime are busy or blocked";
        let (Delay::Ran(measured) | Delay::StillWaits(measured)) = *delay else {
            return load.add_to(Health::unhealthy("the runtime has shut down"));
        };
        let mut findings = Findings::new();
        let status = self.delay.read(measured.as_secs_f64()).status;
        match delay {
            Delay::StillWaits(_) => findings
                .add(Status::Unhealthy, || format!("no task ran within {measured:?}; {CAUSE}")),
            _ => findings.add(status, || format!("a task ran only after {measured:?}; {CAUSE}")),
        }
        let numbers = [
            (&self.alive_tasks, load.alive_tasks, "tasks are alive"),
            (&self.queue_depth, load.queue_depth, "tasks are in the runtime's queue"),
        ];
        for (gauge, number, text) in numbers {
            let reading = gauge.read(as_f64(number as u64));
            findings
                .add(reading.status, || format!("{number} {text}, more than {}", reading.bound()));
        }
        let health = findings.health(|| format!("a task ran after {measured:?}"));
        load.add_to(health).with("delay", measured.as_secs_f64())
    }
}

/// What tokio counts.
struct Load {
    workers: usize,
    alive_tasks: usize,
    queue_depth: usize,
}

impl Load {
    fn add_to(&self, health: Health) -> Health {
        health
            .with("workers", self.workers)
            .with("alive_tasks", self.alive_tasks)
            .with("global_queue_depth", self.queue_depth)
    }
}

/// How long a task waited until it ran.
enum Delay {
    Ran(Duration),
    /// It has not run yet.
    StillWaits(Duration),
    /// It was dropped.
    HasShutDown,
}

impl Delay {
    /// Spawns a task, and waits for it this long.
    fn measure(runtime: &Handle, patience: Duration) -> Self {
        let (sender, ran) = mpsc::channel();
        let spawned = Instant::now();
        let task = runtime.spawn(async move {
            // Nobody waits any longer if it runs too late.
            let _ = sender.send(spawned.elapsed());
        });
        match ran.recv_timeout(patience) {
            Ok(delay) => Self::Ran(in_microseconds(delay)),
            Err(RecvTimeoutError::Timeout) => {
                task.abort();
                Self::StillWaits(in_microseconds(spawned.elapsed()))
            }
            Err(RecvTimeoutError::Disconnected) => Self::HasShutDown,
        }
    }
}

/// More digits would only be noise.
fn in_microseconds(delay: Duration) -> Duration {
    Duration::new(delay.as_secs(), delay.subsec_micros() * 1_000)
}
