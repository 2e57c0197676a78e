//! The health of a service that has some of the recipes.

use std::time::{Duration, Instant};

use panopticon::{Builder, Component, Panopticon, Status};
use tokio::time::sleep;

use crate::server::{LIMIT, Server};

/// Every check of the cookbook.
const CHECKS: [&str; 14] = [
    "accounts",
    "billing",
    "invoices",
    "mariadb",
    "migrations",
    "nats",
    "orders",
    "postgresql",
    "rabbitmq",
    "redis",
    "replication",
    "search",
    "shipping",
    "sqlite",
];

/// A service that has these checks.
pub(crate) struct Service(Panopticon);

impl Service {
    /// Builds a service with these checks of the cookbook and what the builder is given.
    pub(crate) fn new(checks: &[&str], provide: impl FnOnce(Builder) -> Builder) -> Self {
        let mut builder = Panopticon::builder().cache(Duration::ZERO);
        for check in CHECKS {
            if !checks.contains(&check) {
                builder = builder.without(check);
            }
        }
        Self(provide(builder).build().unwrap())
    }

    /// Waits until a component is as expected.
    pub(crate) async fn until(
        &self,
        name: &str,
        is_expected: impl Fn(&Component) -> bool,
    ) -> Component {
        let began = Instant::now();
        loop {
            let component = self.0.check(name).await.unwrap();
            if is_expected(&component) {
                return component;
            }
            assert!(began.elapsed() < LIMIT, "{component:?}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until a component has this status, and this text in its message.
    pub(crate) async fn becomes(&self, name: &str, status: Status, message: &str) -> Component {
        let has_message = |it: &Component| it.message().is_some_and(|it| it.contains(message));
        self.until(name, |it| it.status() == status && has_message(it)).await
    }

    pub(crate) async fn is_healthy(&self, name: &str) -> Component {
        self.until(name, |it| it.status() == Status::Healthy).await
    }

    /// Sees a server paused, resumed, stopped and started again. The text is in the message of a
    /// stopped server, and one of the others in that of a paused one.
    pub(crate) async fn lives_through(
        &self,
        name: &str,
        server: &mut Server,
        paused: &[&str],
        stopped: &str,
    ) {
        self.is_healthy(name).await;
        server.pause();
        self.until(name, |it| {
            let message = it.message().unwrap_or_default();
            it.status() == Status::Unhealthy && paused.iter().any(|text| message.contains(text))
        })
        .await;
        server.resume();
        self.is_healthy(name).await;
        server.stop();
        self.becomes(name, Status::Unhealthy, stopped).await;
        server.start();
        self.is_healthy(name).await;
    }
}
