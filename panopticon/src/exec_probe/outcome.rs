//! What an answer says about the service's health. Without a report that says so, nothing is
//! healthy.

use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::response::Response;
use super::target::FullTarget;
use super::z_page;
use crate::escaped::Escaped;
use crate::health::Status;
use crate::report::{Component, Report};

/// The status with which a degraded service answers Consul, which reads it as a warning.
const TOO_MANY_REQUESTS: u16 = 429;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Healthy,
    Degraded,
    /// About to stop.
    Draining,
    Unhealthy,
    /// Without results yet, or only with old ones.
    Unknown,
    /// No answer in time.
    NoAnswer,
    /// An answer that is not a health report.
    NotAReport,
}

impl Verdict {
    /// Returns whether the service may get traffic.
    pub(super) fn is_served(self) -> bool {
        matches!(self, Self::Healthy | Self::Degraded)
    }
}

/// The outcome of a probe. Its texts are escaped.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) verdict: Verdict,
    /// One line about the whole answer.
    pub(super) summary: String,
    /// A line for each component that is not healthy, the most severe first.
    pub(super) findings: Vec<String>,
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "only other formats show them"))]
    pub(super) response_times: Vec<(String, Duration)>,
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "only other formats show it"))]
    pub(super) json: Option<String>,
}

/// Distinguishes a component from a report, whatever its details are named.
#[derive(Deserialize)]
struct ComponentKeys {
    #[serde(rename = "healthy")]
    _healthy: IgnoredAny,
}

/// The error of a request that is not answered with a report.
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl Outcome {
    /// Judges a response.
    pub(super) fn of(target: &FullTarget, response: Response) -> Self {
        let Response { status, content_type, body } = response;
        let content_type = content_type.as_deref();
        let Ok(body) = String::from_utf8(body) else {
            return Self::not_a_report(target, status, content_type);
        };
        if serde_json::from_str::<ComponentKeys>(&body).is_ok() {
            if let Ok(component) = serde_json::from_str::<Component>(&body) {
                return Self { json: Some(body), ..Self::of_component(target, &component, status) };
            }
        } else if let Ok(report) = serde_json::from_str::<Report>(&body) {
            return Self { json: Some(body), ..Self::of_report(&report, status) };
        }
        if let Ok(Refusal { error }) = serde_json::from_str(&body) {
            let why = format!("answered with {status}: {error}");
            return Self::without_report(Verdict::NotAReport, target, &why);
        }
        // The report itself is JSON, so another service answers there.
        let can_be_z_page = !target.is_report && content_type.is_some_and(is_plain_text);
        match z_page::read(&body).filter(|_| can_be_z_page) {
            Some(page) => Self::of_z_page(&page, status),
            None => Self::not_a_report(target, status, content_type),
        }
    }

    pub(super) fn no_answer(target: &FullTarget, why: &str) -> Self {
        Self::without_report(Verdict::NoAnswer, target, why)
    }

    fn of_report(report: &Report, status: u16) -> Self {
        let draining = report.is_draining();
        let mut components: Vec<_> = report
            .components()
            .filter(|(_, component)| component.status() != Status::Healthy)
            .collect();
        components.sort_by_key(|(_, component)| {
            (!component.critical(), std::cmp::Reverse(component.status()))
        });
        let is_failing =
            components.iter().any(|(_, component)| component.critical() && !component.healthy());
        // A report that is unhealthy only because of draining.
        let health = match report.status() {
            Status::Unhealthy if draining && !is_failing => None,
            health => Some(health),
        };
        let verdict = health.map_or(Verdict::Draining, |health| judge(health, status, draining));
        let findings = components.iter().map(|(name, component)| {
            let optional = if component.critical() { "" } else { "optional " };
            format!("{optional}{} {component}", Escaped(name))
        });
        Self {
            verdict,
            summary: summary("service", report.status(), draining, verdict, status),
            findings: findings.collect(),
            response_times: report
                .components()
                .map(|(name, component)| (name.to_owned(), component.response_time()))
                .collect(),
            json: None,
        }
    }

    /// Judges the answer for a single component, whose name is the last segment of the path.
    fn of_component(target: &FullTarget, component: &Component, status: u16) -> Self {
        let path = target.path.split('?').next().unwrap_or_default();
        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let verdict = judge(component.status(), status, false);
        let subject = format!("component {}", Escaped(name));
        let mut findings = Vec::new();
        if component.status() != Status::Healthy {
            findings.push(format!("{} {component}", Escaped(name)));
        }
        Self {
            verdict,
            summary: summary(&subject, component.status(), false, verdict, status),
            findings,
            response_times: vec![(name.to_owned(), component.response_time())],
            json: None,
        }
    }

    fn of_z_page(page: &z_page::ZPage<'_>, status: u16) -> Self {
        let health = match page.has_passed {
            true if page.is_degraded() => Status::Degraded,
            true => Status::Healthy,
            false => Status::Unhealthy,
        };
        let draining = page.is_only_draining();
        let verdict = if draining { Verdict::Draining } else { judge(health, status, false) };
        Self {
            verdict,
            summary: summary("service", health, draining, verdict, status),
            findings: page.findings.iter().map(|line| Escaped(line).to_string()).collect(),
            response_times: Vec::new(),
            json: None,
        }
    }

    fn not_a_report(target: &FullTarget, status: u16, content_type: Option<&str>) -> Self {
        let content = content_type.unwrap_or("no content type");
        let why = format!(
            "answered with {status} and {content}, which is not a health report; is it the right \
             port and path?"
        );
        Self::without_report(Verdict::NotAReport, target, &why)
    }

    fn without_report(verdict: Verdict, target: &FullTarget, why: &str) -> Self {
        Self {
            verdict,
            summary: Escaped(format!("{target} {why}")).to_string(),
            findings: Vec::new(),
            response_times: Vec::new(),
            json: None,
        }
    }
}

/// Judges a body together with the HTTP status. The body decides, except while the service drains:
/// then the report's path fails and liveness does not, which only the HTTP status tells.
fn judge(health: Status, status: u16, draining: bool) -> Verdict {
    match health {
        Status::Unhealthy => Verdict::Unhealthy,
        Status::Unknown => Verdict::Unknown,
        Status::Healthy if is_success(status) => Verdict::Healthy,
        // The status of a degraded service is configurable.
        Status::Degraded if is_success(status) || status == TOO_MANY_REQUESTS || !draining => {
            Verdict::Degraded
        }
        Status::Healthy | Status::Degraded if draining => Verdict::Draining,
        // A proxy has replaced the body or the status.
        Status::Healthy | Status::Degraded => Verdict::NotAReport,
    }
}

/// Returns whether it is the content type of a z-page, with any parameters.
fn is_plain_text(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|it| it.trim().eq_ignore_ascii_case("text/plain"))
}

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

fn summary(subject: &str, health: Status, draining: bool, verdict: Verdict, status: u16) -> String {
    let draining = if draining { ", draining" } else { "" };
    let contradiction = match verdict {
        Verdict::NotAReport => format!(", but the HTTP status is {status}"),
        _ => String::new(),
    };
    format!("{subject} {health}{draining}{contradiction}")
}
