//! The page that a browser gets: what is wrong, since when and why.
//!
//! [`gather`] collects what is known ([`facts`]). The sentence ([`headline`], [`since`]), the probes
//! ([`traffic`]), the problems ([`problems`]), the transitions ([`changes`]) and the text to copy
//! ([`incident`]) are worked out from that without HTML, and [`view`] writes them as HTML. `page.css`
//! and `page.js` are part of each page, so that it needs nothing else.

mod changes;
mod durations;
mod facts;
mod gather;
mod headline;
mod incident;
mod problems;
mod results_chart;
mod since;
#[cfg(test)]
mod tests;
mod traffic;
mod version;
mod view;

pub(crate) use self::version::Version;
use super::format::{Format, RenderContext, Rendered, Renderer, ReportRenderer};
use crate::report::{Component, Report};

pub(crate) const FORMAT: Format = Format {
    name: "html",
    media_type: "text/html; charset=utf-8",
    renderer: Renderer::Reports(ReportRenderer { report, component }),
    content_security_policy: Some(CONTENT_SECURITY_POLICY),
    degraded_succeeds: false,
};

/// The page may use its own style, script and icon, ask the service again, and nothing else. The
/// hashes are those of `page.css` and `page.js`; a test says what they must be.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; \
    style-src 'sha256-D6pydsDKn8ON0S3d16xZF8rZ7b8CL/zAr/jko2qS1QU='; \
    script-src 'sha256-7W6m2qhQliVje0Gf//lE4vM2JiP/tsNOEARVIkemeAg='; \
    img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn report(report: &Report, context: RenderContext<'_>) -> Rendered {
    let sources = gather::Sources::new(context);
    view::page(&sources.of_report(report, context)).into()
}

fn component(component: &Component, context: RenderContext<'_>) -> Rendered {
    let sources = gather::Sources::new(context);
    view::page(&sources.of_component(component, context)).into()
}
