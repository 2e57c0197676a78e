//! Answers questions: runs the checks, and chooses the status and the headers by their results.

use http::{Method, Response, StatusCode};

use super::answer::{Answer, ForEnvoy};
use super::body::HealthBody;
use super::disclosure::depends_on_request;
use super::negotiation::AnswerFormat;
use super::question::{Question, Subject, ZPage};
use crate::check::Probe;
#[cfg(feature = "page")]
use crate::formats::format::PageContext;
use crate::formats::format::RenderContext;
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

fn answer_before_build(Question { subject, format, .. }: Question) -> Answer {
    match subject {
        Subject::Probe(probe @ Probe::Liveness, _) => {
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
        Subject::Report(_)
        | Subject::Probe(..)
        | Subject::Component(_)
        | Subject::History
        | Subject::ZPageComponent(..) => before_build(format),
        #[cfg(feature = "prometheus")]
        Subject::Metrics => before_build(format),
    }
}

/// Answers that there is nothing to report yet.
fn before_build(format: AnswerFormat) -> Answer {
    let error = "nothing is checked, because `build()` has not succeeded yet";
    Answer::refusal(StatusCode::SERVICE_UNAVAILABLE, error.to_owned(), format.pretty)
}

async fn answer(view: &View, question: Question) -> Answer {
    let View { ref health, disclosure } = *view;
    let Question {
        subject,
        format,
        #[cfg(feature = "page")]
        links,
    } = question;
    let statuses = Statuses::of(health);
    // A special status for degraded services would contradict such a format.
    let statuses = if format.format.degraded_succeeds { statuses.with_success() } else { statuses };
    let service = Some(&health.settings().service).filter(|_| disclosure > Disclosure::StatusOnly);
    let base = RenderContext {
        service,
        #[cfg(feature = "page")]
        page: Some(PageContext {
            health,
            disclosure,
            selection: &links.selection,
            report_url: links.report_url,
        }),
        ..RenderContext::default()
    };
    let answered = match subject {
        Subject::Report(selection) => health.report_for(selection).await.map(|report| {
            let drain_fails = report.is_draining() && health.settings().drain_fails_report;
            let context = RenderContext { drain_fails, ..base };
            let status = statuses.of_status(context.passes(&report), report.status());
            let envoy = for_envoy(&report, context);
            Answer::report(status, report, disclosure, format, context).for_envoy(envoy)
        }),
        Subject::Probe(probe, selection) => health.report_for(selection).await.map(|report| {
            let context = base.of_probe(probe, &report);
            let status = statuses.of_probe(context.passes(&report));
            let envoy = for_envoy(&report, context);
            Answer::report(status, report, disclosure, format, context).for_envoy(envoy)
        }),
        Subject::Component(name) => match health.check(&name).await {
            Ok(component) => {
                let status = statuses.of_status(component.healthy(), component.status());
                Ok(Answer::component(status, component, disclosure, format, base))
            }
            Err(error) => Ok(Answer::component_not_found(&error, format.pretty)),
        },
        Subject::History => Ok(Answer::history(health, disclosure, format.pretty)),
        #[cfg(feature = "prometheus")]
        Subject::Metrics => Ok(Answer::metrics(health, service, format)),
        // Boxed, so that the future of the most common request, for a report, stays small.
        Subject::ZPage(page) => Box::pin(z_page_of(health, *page)).await,
        Subject::ZPageComponent(name, page) => {
            Box::pin(z_page_component(health, name, *page)).await
        }
    };
    answered.unwrap_or_else(|error| Answer::not_found(&error, format.pretty))
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

    /// Returns the same statuses, except that a degraded service is a success.
    fn with_success(self) -> Self {
        Self { degraded: StatusCode::OK, ..self }
    }

    /// Returns the status of a report or a component.
    fn of_status(self, passes: bool, status: Status) -> StatusCode {
        match status {
            _ if !passes => self.unhealthy,
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
