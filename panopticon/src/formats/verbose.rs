//! The text of Kubernetes' z-pages with `?verbose`: a line for each component, and no reasons.
//!
//! The API server writes it in `k8s.io/apiserver/pkg/server/healthz`. A status that its checks do
//! not have takes the place of its word `excluded`: `[+]queue degraded: ok`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use super::format::{Format, RenderContext, Rendered, Renderer, ReportRenderer};
use crate::check::Probe;
use crate::escaped::Escaped;
use crate::health::Status;
use crate::report::{Component, Report};

pub(crate) const FORMAT: Format = Format {
    name: "text",
    media_type: "text/plain; charset=utf-8",
    renderer: Renderer::Reports(ReportRenderer { report, component }),
    content_security_policy: None,
    degraded_succeeds: false,
};

/// The name of the whole report in its last line.
const REPORT: &str = "health";

fn report(report: &Report, context: RenderContext<'_>) -> Rendered {
    let mut text = String::new();
    let lines = report.components().map(|(_, component)| line(component, context.probe));
    write_lines(&mut text, lines);
    write_draining(&mut text, report, context);
    write_last_line(&mut text, context.probe.map_or(REPORT, Probe::as_str), context.passes(report));
    text.into()
}

fn component(component: &Component, _: RenderContext<'_>) -> Rendered {
    let passes = component.healthy();
    let mut text = line_of(component, passes);
    write_last_line(&mut text, component.name(), passes);
    text.into()
}

/// Writes a z-page: the report on a probe, the names of the excluded components, and the names to
/// exclude that no component has.
pub(crate) fn z_page(
    report: &Report,
    excluded: &[Arc<str>],
    unmatched: &[String],
    context: RenderContext<'_>,
) -> String {
    let mut text = String::new();
    let excluded = excluded.iter().map(|name| (&**name, format!("[+]{name} excluded: ok\n")));
    let reported =
        report.components().map(|(name, component)| (name, line(component, context.probe)));
    let lines: BTreeMap<&str, String> = reported.chain(excluded).collect();
    write_lines(&mut text, lines.into_values());
    write_draining(&mut text, report, context);
    if !unmatched.is_empty() {
        let names: Vec<String> = unmatched.iter().map(|name| format!("{name:?}")).collect();
        let names = names.join(",");
        let _ = writeln!(
            text,
            "warn: some health checks cannot be excluded: no matches for {}",
            Escaped(names)
        );
    }
    let checked = context.probe.map_or(REPORT, Probe::z_page);
    write_last_line(&mut text, checked, context.passes(report));
    text
}

/// Writes the z-page of a probe for one of its components.
pub(crate) fn z_page_component(component: &Component, probe: Probe) -> String {
    let passes = component.passes(Some(probe));
    let mut text = line_of(component, passes);
    write_last_line(&mut text, probe.z_page(), passes);
    text
}

/// Writes the z-page of a probe that fails because the service is not built yet.
pub(crate) fn z_page_before_build(probe: Probe) -> String {
    let mut text = "[-]build failed: it has not succeeded yet\n".to_owned();
    write_last_line(&mut text, probe.z_page(), false);
    text
}

fn write_lines(text: &mut String, lines: impl Iterator<Item = String>) {
    text.extend(lines);
    if text.is_empty() {
        // As the API server does: an empty text would look like a fault.
        text.push_str("[+]ping ok\n");
    }
}

/// Returns the line of a component in a report.
fn line(component: &Component, probe: Option<Probe>) -> String {
    line_of(component, component.counted(probe).is_healthy())
}

/// Returns the line of a component that passes or fails the answer.
fn line_of(component: &Component, passes: bool) -> String {
    let name = Escaped(component.name());
    match component.status() {
        _ if !passes => format!("[-]{name} failed: reason withheld\n"),
        Status::Healthy => format!("[+]{name} ok\n"),
        Status::Degraded => format!("[+]{name} degraded: ok\n"),
        status if component.critical() => format!("[+]{name} {status}: ok\n"),
        status => format!("[+]{name} {status}, optional: ok\n"),
    }
}

fn write_draining(text: &mut String, report: &Report, context: RenderContext<'_>) {
    if report.is_draining() {
        text.push_str(if context.drain_fails {
            "[-]draining failed: the service is about to stop\n"
        } else {
            "[+]draining: ok\n"
        });
    }
}

fn write_last_line(text: &mut String, checked: &str, passes: bool) {
    let outcome = if passes { "passed" } else { "failed" };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{} check {outcome}", Escaped(checked));
}
