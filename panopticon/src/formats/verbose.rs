//! The text of Kubernetes' z-pages with `?verbose`: a line for each component, and no reasons.
//!
//! The API server writes it in `k8s.io/apiserver/pkg/server/healthz`. What its checks do not have
//! is written in the place where it writes that a check is excluded: `[+]queue degraded: ok`.

use std::fmt::Write;

use super::format::{Format, RenderContext, Rendered, Renderer};
use crate::check::Probe;
use crate::escaped::Escaped;
use crate::health::Status;
use crate::report::{Component, Report};

pub(crate) const FORMAT: Format = Format {
    name: "text",
    media_type: "text/plain; charset=utf-8",
    renderer: Renderer::Reports { report, component },
};

/// What the whole report is called in its last line.
const REPORT: &str = "health";

fn report(report: &Report, context: RenderContext<'_>) -> Rendered {
    let mut text = String::new();
    for (_, component) in report.components() {
        write_component(&mut text, component, component.counted(context.probe).is_healthy());
    }
    if report.components().len() == 0 {
        // As the API server does, since an empty text would look like a fault.
        text.push_str("[+]ping ok\n");
    }
    if report.is_draining() {
        text.push_str(if context.drain_fails {
            "[-]draining failed: the service is about to stop\n"
        } else {
            "[+]draining: ok\n"
        });
    }
    write_last_line(&mut text, context.probe.map_or(REPORT, Probe::as_str), context.passes(report));
    text.into()
}

fn component(component: &Component, _: RenderContext<'_>) -> Rendered {
    let mut text = String::new();
    write_component(&mut text, component, component.healthy());
    write_last_line(&mut text, component.name(), component.healthy());
    text.into()
}

/// Writes the line of a component, which passes or fails what is asked.
fn write_component(text: &mut String, component: &Component, passes: bool) {
    let name = Escaped(component.name());
    // Writing to a string cannot fail.
    let _ = match component.status() {
        _ if !passes => writeln!(text, "[-]{name} failed: reason withheld"),
        Status::Healthy => writeln!(text, "[+]{name} ok"),
        Status::Degraded => writeln!(text, "[+]{name} degraded: ok"),
        status if component.critical() => writeln!(text, "[+]{name} {status}: ok"),
        status => writeln!(text, "[+]{name} {status}, optional: ok"),
    };
}

fn write_last_line(text: &mut String, checked: &str, passes: bool) {
    let outcome = if passes { "passed" } else { "failed" };
    let _ = writeln!(text, "{} check {outcome}", Escaped(checked));
}
