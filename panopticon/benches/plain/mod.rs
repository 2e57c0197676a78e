//! A report without panopticon: plain tasks, and structs that serialize to the same JSON.
#![allow(dead_code, reason = "each benchmark uses some of these")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, Utc};
use serde::ser::{Serialize, SerializeMap, Serializer};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::timeout;

#[derive(serde::Serialize)]
pub(crate) struct PlainReport {
    service_healthy: bool,
    status: &'static str,
    timestamp: DateTime<Utc>,
    components: ByName,
}

/// Serialized as an object.
struct ByName(Vec<(Arc<str>, PlainComponent)>);

#[derive(serde::Serialize)]
struct PlainComponent {
    healthy: bool,
    status: &'static str,
    response_time: f64,
    friendly_status: String,
    checked_at: DateTime<Utc>,
}

impl PlainReport {
    /// Runs a check for each name in a task of a `JoinSet`, each with a timeout.
    pub(crate) async fn of_tasks(names: &[Arc<str>]) -> Self {
        let mut tasks = JoinSet::new();
        for position in 0..names.len() {
            tasks.spawn(async move {
                let start = Instant::now();
                let check = timeout(Duration::from_secs(2), async { "available".to_owned() });
                (position, check.await.map(|message| PlainComponent::new(start, message)))
            });
        }
        let mut components = Vec::with_capacity(names.len());
        while let Some(component) = tasks.join_next().await {
            components.push(component.unwrap());
        }
        components.sort_unstable_by_key(|(position, _)| *position);
        Self::new(names, components.into_iter().map(|(_, component)| component.unwrap()))
    }

    /// Runs a check for each name on a thread of the blocking pool.
    pub(crate) async fn of_threads(names: &[Arc<str>]) -> Self {
        let run = || {
            let start = Instant::now();
            PlainComponent::new(start, "available".to_owned())
        };
        let threads: Vec<_> = names.iter().map(|_| spawn_blocking(run)).collect();
        let mut components = Vec::with_capacity(names.len());
        for thread in threads {
            components.push(thread.await.unwrap());
        }
        Self::new(names, components)
    }

    fn new(names: &[Arc<str>], components: impl IntoIterator<Item = PlainComponent>) -> Self {
        Self {
            service_healthy: true,
            status: "healthy",
            timestamp: Utc::now().trunc_subsecs(3),
            components: ByName(names.iter().cloned().zip(components).collect()),
        }
    }
}

impl PlainComponent {
    fn new(start: Instant, message: String) -> Self {
        Self {
            healthy: true,
            status: "healthy",
            response_time: start.elapsed().as_secs_f64(),
            friendly_status: message,
            checked_at: Utc::now().trunc_subsecs(3),
        }
    }
}

impl Serialize for ByName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.0.len()))?;
        for (name, component) in &self.0 {
            object.serialize_entry(&**name, component)?;
        }
        object.end()
    }
}
