//! The publishers, each with the real thing at the other end.

mod error_tracker;
mod open_telemetry;
mod server;
mod webhook;
mod webhook_rules;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use panopticon::{CheckOptions, Health};

/// How long a test waits for what must happen.
const LIMIT: Duration = Duration::from_secs(60);

/// The result of a check, which a test decides.
#[derive(Clone)]
struct Script(Arc<Mutex<Health>>);

impl Script {
    fn new(health: Health) -> Self {
        Self(Arc::new(Mutex::new(health)))
    }

    fn say(&self, health: Health) {
        *self.0.lock().unwrap() = health;
    }

    fn check(&self) -> impl Fn() -> std::future::Ready<Health> + Send + Sync + use<> {
        let script = self.clone();
        move || std::future::ready(script.0.lock().unwrap().clone())
    }
}

fn options() -> CheckOptions {
    CheckOptions::new().cache(Duration::ZERO)
}
