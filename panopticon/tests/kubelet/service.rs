//! The service: an axum server with checks of every kind, each of which has a switch.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use panopticon::{Builder, CheckOptions, Component, Panopticon, Probe, Publisher};
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Runtime;

use crate::switch::{Behavior, Switch};

const HALF_A_SECOND: Duration = Duration::from_millis(500);

/// The timeout of critical checks. That of optional ones is the default, which is longer than a
/// probe's.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(900);
pub(crate) const DATABASE_TIMEOUT: Duration = Duration::from_millis(300);
/// How long nothing is known of a liveness check, less than what is [not loaded](crate::faults) at
/// the start takes.
const JOURNAL_DELAY: Duration = Duration::from_secs(2);
pub(crate) const BLOCKING_THREADS: usize = 2;

pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    pub(crate) health: Panopticon,
    /// Taken by `drop`.
    runtime: Option<Runtime>,
    pub(crate) switches: Switches,
}

pub(crate) struct Switches {
    // Critical:
    pub(crate) database: Arc<Switch>,
    pub(crate) orders: Arc<Switch>,
    pub(crate) invoices: Arc<Switch>,
    pub(crate) search: Arc<Switch>,
    pub(crate) queue: Arc<Switch>,
    pub(crate) ledger: Arc<Switch>,
    pub(crate) model: Arc<Switch>,
    // Optional:
    pub(crate) recommendations: Arc<Switch>,
    pub(crate) uploads: Arc<Switch>,
    pub(crate) exchange_rates: Arc<Switch>,
    // For liveness:
    pub(crate) state: Arc<Switch>,
    workers: Arc<Switch>,
    journal: Arc<Switch>,
    // Not a check:
    pub(crate) pager: Arc<Switch>,
}

impl Switches {
    /// Returns those of a service that starts: some things are not well yet.
    fn new() -> Self {
        let switch = |behavior| Arc::new(Switch::new(behavior));
        let works = || switch(Behavior::Works);
        Self {
            database: works(),
            orders: works(),
            invoices: works(),
            search: works(),
            queue: works(),
            ledger: works(),
            model: switch(Behavior::Fails),
            recommendations: works(),
            uploads: works(),
            exchange_rates: works(),
            state: switch(Behavior::FailsTwice),
            workers: works(),
            journal: works(),
            pager: works(),
        }
    }

    fn builder(&self) -> Builder {
        let critical = CheckOptions::new().timeout(TIMEOUT);
        let database = CheckOptions::new().timeout(DATABASE_TIMEOUT).cache(HALF_A_SECOND);
        let on_database = critical.clone().depends_on("database");
        let scheduled = critical.clone().interval(HALF_A_SECOND).failure_threshold(2);
        let optional = CheckOptions::new().critical(false);
        let liveness = critical.clone().probe(Probe::Liveness);
        let state = liveness.clone().cache(HALF_A_SECOND).failure_threshold(3);
        let journal = liveness.clone().interval(HALF_A_SECOND).initial_delay(JOURNAL_DELAY);
        let model = critical.clone().probe(Probe::Readiness).probe(Probe::Startup);

        let builder = Panopticon::empty().publish(Pager(Arc::clone(&self.pager)));
        let builder = blocking(builder, "database", database, &self.database);
        let builder = asynchronous(builder, "orders", on_database.clone(), &self.orders);
        let builder = blocking(builder, "invoices", on_database, &self.invoices);
        let builder = asynchronous(builder, "search", critical, &self.search);
        let builder = asynchronous(builder, "queue", scheduled.clone(), &self.queue);
        let builder = blocking(builder, "ledger", scheduled, &self.ledger);
        let builder = asynchronous(builder, "model", model, &self.model);

        let rates = optional.clone().interval(HALF_A_SECOND);
        let builder = blocking(builder, "uploads", optional.clone(), &self.uploads);
        let builder = asynchronous(builder, "recommendations", optional, &self.recommendations);
        let builder = blocking(builder, "exchange_rates", rates, &self.exchange_rates);

        let builder = asynchronous(builder, "state", state, &self.state);
        let builder = blocking(builder, "workers", liveness, &self.workers);
        blocking(builder, "journal", journal, &self.journal)
    }
}

fn asynchronous(
    builder: Builder,
    name: &str,
    options: CheckOptions,
    switch: &Arc<Switch>,
) -> Builder {
    let switch = Arc::clone(switch);
    builder.check(name, options, move || {
        let switch = Arc::clone(&switch);
        async move { switch.run().await }
    })
}

fn blocking(builder: Builder, name: &str, options: CheckOptions, switch: &Arc<Switch>) -> Builder {
    let switch = Arc::clone(switch);
    builder.check_blocking(name, options, move || switch.run_blocking())
}

/// Returns a listener with room for many connections, of which tokio's own has little: the system
/// drops what does not fit, and the client tries again after a second.
fn listener() -> TcpListener {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    socket.listen(1024).unwrap()
}

struct Pager(Arc<Switch>);

impl Publisher for Pager {
    const CAPACITY: usize = 8;

    fn result(&mut self, _: &str, _: &Component) {
        let _ = self.0.run_blocking();
    }
}

impl Service {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(BLOCKING_THREADS)
            .enable_all()
            .build()
            .unwrap();
        let switches = Switches::new();
        let (address, health) = runtime.block_on(async {
            let health = switches.builder().build().unwrap();
            let listener = listener();
            let address = listener.local_addr().unwrap();
            let app: Router = health.router();
            tokio::spawn(async move { axum::serve(listener, app).await });
            (address, health)
        });
        Self { address, health, runtime: Some(runtime), switches }
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("it is taken at the end only")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
