//! Answers questions: runs the checks, and chooses the status and the headers by their results.

use http::{Method, Response, StatusCode};

use super::answer::{Answer, ForEnvoy};
use super::body::HealthBody;
use super::disclosure::depends_on_request;
use super::question::{Question, Subject, ZPage};
use crate::check::Probe;
#[cfg(feature = "page")]
use crate::formats::format::PageContext;
use crate::formats::format::{Format, RenderContext};
use crate::formats::verbose;
use crate::health::Status;
use crate::panopticon::{Panopticon, Selection, SelectionError, ZPageReport};
use crate::report::{Disclosure, Report};

/// A service as the reader of an answer sees it.
pub(super) struct View {
    pub(super) health: Panopticon,
    pub(super) disclosure: Disclosure,
}

/// Answers a question, or a request that cannot be served. There is no `view` until `build()` has
/// succeeded.
pub(super) async fn respond(
    view: Option<View>,
    question: Result<Question, Answer>,
    method: &Method,
) -> Response<HealthBody> {
    let answer = match (question, &view) {
        (Ok(question), Some(view)) => answer(view, question).await,
        (Ok(question), None) => answer_before_build(question),
        (Err(refusal), _) => refusal,
    };
    let depends_on_request = view.is_some_and(|view| depends_on_request(&view.health));
    answer.into_response(method, depends_on_request)
}

fn answer_before_build(Question { subject, pretty, .. }: Question) -> Answer {
    match subject {
        Subject::Probe(probe @ Probe::Liveness, _, format) => {
            let report = Report::new(Vec::new(), Some(probe));
            let context = RenderContext::default().of_probe(probe, &report);
            Answer::report(StatusCode::OK, report, Disclosure::Full, format, context)
        }
        Subject::ZPage(page) if page.probe == Probe::Liveness => {
            let ZPage { probe, excluded, verbose, .. } = *page;
            let report = Report::new(Vec::new(), Some(probe));
            let page = ZPageReport { report, excluded: Vec::new(), unmatched: excluded };
            let context = RenderContext::default().of_probe(probe, &page.report);
            z_page(StatusCode::OK, &page, verbose, context)
        }
        Subject::ZPage(page) => {
            let text = verbose::z_page_before_build(page.probe);
            Answer::z_page(StatusCode::SERVICE_UNAVAILABLE, text)
        }
        Subject::Report(..)
        | Subject::Probe(..)
        | Subject::Component(..)
        | Subject::History
        | Subject::ZPageComponent(..) => before_build(pretty),
        #[cfg(feature = "prometheus")]
        Subject::Metrics(_) => before_build(pretty),
    }
}

/// Answers that there is nothing to report yet.
fn before_build(pretty: bool) -> Answer {
    let error = "nothing is checked, because `build()` has not succeeded yet";
    Answer::refusal(StatusCode::SERVICE_UNAVAILABLE, error.to_owned(), pretty)
}

async fn answer(view: &View, question: Question) -> Answer {
    let View { ref health, disclosure } = *view;
    let Question {
        subject,
        pretty,
        #[cfg(feature = "page")]
        page,
    } = question;
    let statuses = Statuses::of(health);
    let service = Some(&health.settings().service).filter(|_| disclosure > Disclosure::StatusOnly);
    let context = || RenderContext {
        service,
        #[cfg(feature = "page")]
        page: Some(PageContext {
            health,
            disclosure,
            selection: &page.selection,
            report_url: page.report_url,
            known_versions: page.known_versions.as_ref().and_then(|it| it.to_str().ok()),
        }),
        ..RenderContext::default()
    };
    let answered = match subject {
        Subject::Report(selection, format) => health.report_for(selection).await.map(|report| {
            let drain_fails = health.drain_fails(&report, None);
            let context = RenderContext { drain_fails, ..context() };
            let passes = context.passes(&report);
            let status = statuses.of_status(passes, report.status(), format.format);
            let envoy = for_envoy(&report, context);
            Answer::report(status, report, disclosure, format, context).for_envoy(envoy)
        }),
        Subject::Probe(probe, selection, format) => {
            health.report_for(selection).await.map(|report| {
                let context = context().of_probe(probe, &report);
                let status = statuses.of_probe(context.passes(&report));
                let envoy = for_envoy(&report, context);
                Answer::report(status, report, disclosure, format, context).for_envoy(envoy)
            })
        }
        Subject::Component(name, format) => Ok(match health.check(&name).await {
            Ok(component) => {
                let (passes, status) = (component.healthy(), component.status());
                let status = statuses.of_status(passes, status, format.format);
                Answer::component(status, component, disclosure, format, context())
            }
            Err(error) => Answer::component_not_found(&error, pretty),
        }),
        Subject::History => Ok(Answer::history(health, disclosure, pretty)),
        #[cfg(feature = "prometheus")]
        Subject::Metrics(format) => Ok(Answer::metrics(health, service, format)),
        // Boxed, so that the future of the most common request, for a report, stays small.
        Subject::ZPage(page) => Box::pin(z_page_of(health, *page)).await,
        Subject::ZPageComponent(name, page) => {
            Box::pin(z_page_component(health, name, *page)).await
        }
    };
    answered.unwrap_or_else(|error| Answer::not_found(&error, pretty))
}

async fn z_page_of(health: &Panopticon, page: ZPage) -> Result<Answer, SelectionError> {
    let ZPage { probe, selection, excluded, verbose } = page;
    let page = health.z_page(selection, excluded).await?;
    let context = RenderContext::default().of_probe(probe, &page.report);
    let status = Statuses::of(health).of_probe(context.passes(&page.report));
    Ok(z_page(status, &page, verbose, context).for_envoy(for_envoy(&page.report, context)))
}

async fn z_page_component(
    health: &Panopticon,
    name: String,
    page: ZPage,
) -> Result<Answer, SelectionError> {
    let ZPage { probe, selection, excluded, verbose } = page;
    let selection = excluded.into_iter().fold(selection.name(name), Selection::without_name);
    let component = health.check_in(&selection).await?;
    let passes = component.passes(Some(probe));
    let status = Statuses::of(health).of_probe(passes);
    Ok(if passes && !verbose {
        Answer::z_page(status, OK)
    } else {
        Answer::z_page(status, verbose::z_page_component(&component, probe))
    })
}

/// The body of a z-page that passes. Like the API server's, it has no newline.
const OK: &str = "ok";

/// Answers with a z-page. One that fails is always verbose.
fn z_page(
    status: StatusCode,
    page: &ZPageReport,
    verbose: bool,
    context: RenderContext<'_>,
) -> Answer {
    if !verbose && context.passes(&page.report) {
        return Answer::z_page(status, OK);
    }
    let ZPageReport { report, excluded, unmatched } = page;
    Answer::z_page(status, verbose::z_page(report, excluded, unmatched, context))
}

/// The statuses that depend on the settings.
#[derive(Clone, Copy)]
struct Statuses {
    degraded: StatusCode,
    unhealthy: StatusCode,
}

impl Statuses {
    fn of(health: &Panopticon) -> Self {
        let settings = health.settings();
        // Both are from 200 to 599, which are all valid.
        Self {
            degraded: StatusCode::from_u16(settings.degraded_status).unwrap_or(StatusCode::OK),
            unhealthy: StatusCode::from_u16(settings.unhealthy_status)
                .unwrap_or(StatusCode::SERVICE_UNAVAILABLE),
        }
    }

    /// Returns the status of a report or a component in this format.
    fn of_status(self, passes: bool, status: Status, format: &Format) -> StatusCode {
        match status {
            _ if !passes => self.unhealthy,
            // A special status would contradict such a format.
            Status::Degraded if format.degraded_succeeds => StatusCode::OK,
            Status::Degraded => self.degraded,
            _ => StatusCode::OK,
        }
    }

    /// Returns the status of a probe. There is no special status for a degraded service, since a
    /// kubelet would restart it or take it out of rotation.
    fn of_probe(self, passes: bool) -> StatusCode {
        if passes { StatusCode::OK } else { self.unhealthy }
    }
}

/// Returns what the answer tells Envoy, if load balancers route requests by it.
fn for_envoy(report: &Report, context: RenderContext<'_>) -> Option<ForEnvoy> {
    let routes = matches!(context.probe, None | Some(Probe::Readiness));
    if routes && context.drain_fails {
        Some(ForEnvoy::ImmediateFailure)
    } else if routes && report.status() == Status::Degraded {
        Some(ForEnvoy::Degraded)
    } else {
        None
    }
}
