//! The parts of the page, from states that are written down here.

mod charts;
mod headline;
mod html;
mod problems;
mod since;
mod traffic;

use std::sync::Arc;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use chrono::{DateTime, Utc};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::facts::{Check, Facts, Links, Options, Past, Subject};
use super::{CONTENT_SECURITY_POLICY, view};
use crate::events::{ComponentHistory, History, PastResult, Transition};
use crate::health::Status;
use crate::report::{Component, Disclosure, Report};

/// A service at one instant, from which a test makes a page.
struct Service {
    components: Vec<Value>,
    history: History,
    /// Which component waits for which.
    waits: Vec<(&'static str, &'static str)>,
}

/// The instant of every page in these tests.
fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-29T03:06:00Z").unwrap().to_utc()
}

fn ago(seconds: i64) -> DateTime<Utc> {
    now() - chrono::Duration::seconds(seconds)
}

/// A healthy component, to which `more` is added.
fn component(name: &str, more: Value) -> Value {
    let mut component = json!({
        "name": name,
        "healthy": true,
        "status": "healthy",
        "response_time": 0.012,
        "checked_at": "2026-11-29T03:05:58Z",
    });
    extend(&mut component, more);
    component
}

fn extend(component: &mut Value, more: Value) {
    if let (Value::Object(component), Value::Object(more)) = (component, more) {
        component.extend(more);
    }
}

fn unhealthy(name: &str, more: Value) -> Value {
    let mut component = component(name, json!({"status": "unhealthy", "healthy": false}));
    extend(&mut component, more);
    component
}

impl Service {
    fn new(components: Vec<Value>) -> Self {
        let history =
            History { components: Vec::new(), transitions: Vec::new(), has_dropped: false };
        Self { components, history, waits: Vec::new() }
    }

    /// Adds results, oldest first, a second apart, of which the last ended two seconds ago.
    fn results(mut self, name: &str, results: &[(Status, u64)]) -> Self {
        let results: Vec<PastResult> = (0..)
            .zip(results.iter().rev())
            .map(|(age, &(status, milliseconds))| PastResult {
                ended_at: ago(2 + age),
                response_time: Duration::from_millis(milliseconds),
                status,
            })
            .collect();
        let results: Vec<PastResult> = results.into_iter().rev().collect();
        let last_good = results.iter().rev().find(|result| result.status.is_healthy()).copied();
        let status_since = None;
        let history = ComponentHistory { name: name.into(), results, last_good, status_since };
        let position = self.history.components.binary_search_by(|it| (*it.name).cmp(name));
        self.history.components.insert(position.unwrap_err(), history);
        self
    }

    /// Adds a transition, which must be later than the others, and from which on the component has
    /// its status.
    fn transition(mut self, name: &str, from: Status, to: Status, seconds_ago: i64) -> Self {
        let at = ago(seconds_ago);
        let value = component(
            name,
            json!({
                "status": to, "healthy": to.is_healthy(), "checked_at": at.to_rfc3339(),
                "friendly_status": format!("{name} is now {to}"),
            }),
        );
        let transition = Transition::by_check(from, &Arc::new(parsed(&[value]).remove(0)));
        self.history.transitions.push(Arc::new(transition));
        match self.history.components.binary_search_by(|it| (*it.name).cmp(name)) {
            Ok(found) => self.history.components[found].status_since = Some((to, at)),
            Err(place) => {
                let (results, last_good) = (Vec::new(), None);
                let status_since = Some((to, at));
                let history =
                    ComponentHistory { name: name.into(), results, last_good, status_since };
                self.history.components.insert(place, history);
            }
        }
        self
    }

    fn waits(mut self, name: &'static str, cause: &'static str) -> Self {
        self.waits.push((name, cause));
        self
    }

    /// Calls `test` with the facts of a page.
    fn with_facts<T>(&self, subject: Subject, test: impl FnOnce(Facts<'_>) -> T) -> T {
        let mut components = parsed(&self.components);
        components.sort_by(|one, other| one.name().cmp(other.name()));
        let check = |component| {
            let waits = self.waits.iter().find(|(name, _)| *name == Component::name(component));
            Check {
                component,
                past: self.history.component(component.name()),
                waits_for: waits.map(|(_, cause)| *cause),
                options: Some(Options {
                    interval: Some(Duration::from_secs(30)),
                    timeout: Duration::from_secs(2),
                    failure_threshold: 1,
                    success_threshold: 1,
                    ..Options::default()
                }),
            }
        };
        test(Facts {
            subject,
            now: now(),
            checks: components.iter().map(check).collect(),
            past: Past {
                history: Some(&self.history),
                disclosure: Disclosure::Full,
                built_at: Some(ago(3600)),
            },
            probes: None,
            drain_fails: false,
            is_draining: false,
            draining_since: None,
            service: None,
            host: None,
            up_since: None,
            is_built: true,
            links: Links::default(),
        })
    }

    fn page(&self) -> String {
        self.with_facts(Subject::Report, |facts| view::page(&facts))
    }
}

/// Returns components as they are read from a report.
fn parsed(components: &[Value]) -> Vec<Component> {
    let named = components.iter().map(|component| {
        let mut component = component.as_object().unwrap().clone();
        let name = component.remove("name").unwrap().as_str().unwrap().to_owned();
        (name, Value::Object(component))
    });
    let report = json!({
        "service_healthy": true,
        "timestamp": now().to_rfc3339(),
        "components": named.collect::<serde_json::Map<_, _>>(),
    });
    let report: Report = serde_json::from_value(report).unwrap();
    report.components().map(|(_, component)| component.clone()).collect()
}

#[test]
fn the_policy_allows_the_style_and_the_script_of_the_page() {
    for (directive, file, content) in
        [("style-src", "page.css", view::STYLE), ("script-src", "page.js", view::SCRIPT)]
    {
        let hash = BASE64_STANDARD.encode(digest(&SHA256, content.as_bytes()));
        let allowed = format!("{directive} 'sha256-{hash}';");
        assert!(
            CONTENT_SECURITY_POLICY.contains(&allowed),
            "{file} has changed; its part of CONTENT_SECURITY_POLICY must be: {allowed}"
        );
    }
}
