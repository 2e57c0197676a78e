//! What a request asks for, by its method, path, query and headers.

use std::borrow::Cow;

#[cfg(feature = "page")]
use http::header::{HeaderValue, IF_NONE_MATCH};
use http::request::Parts;
use http::{Method, StatusCode};

use super::answer::Answer;
use super::mount::{Mount, Paths, Place};
use super::negotiation::{AnswerFormat, FormatRequest, IfNoneAccepted, Offered};
use super::query::Query;
use crate::check::Probe;
#[cfg(feature = "prometheus")]
use crate::formats::format::MetricsRenderer;
use crate::formats::format::{Renderer, ReportRenderer};
use crate::panopticon::Selection;

/// The name below the report's path at which metrics are served, in any format.
const METRICS: &str = "metrics";
/// The name below the report's path at which the history is served. No component's name begins with
/// `_`.
const HISTORY: &str = "_history";

pub(super) struct Question {
    pub(super) subject: Subject,
    /// Whether JSON is indented, even that of an error.
    pub(super) pretty: bool,
    #[cfg(feature = "page")]
    pub(super) page: PageRequest,
}

/// What a page depends on, other than its subject. Its links are relative, since a proxy may have
/// changed the path.
#[cfg(feature = "page")]
#[derive(Default)]
pub(super) struct PageRequest {
    /// The parameters of the query that select a part of the report.
    pub(super) selection: String,
    /// The URL of the whole report, unless that is requested.
    pub(super) report_url: Option<&'static str>,
    /// The header `If-None-Match`.
    pub(super) known_versions: Option<HeaderValue>,
}

pub(super) enum Subject {
    /// The report itself, or the part of it that the query selects.
    Report(Selection, AnswerFormat<ReportRenderer>),
    Probe(Probe, Selection, AnswerFormat<ReportRenderer>),
    Component(String, AnswerFormat<ReportRenderer>),
    /// The last results and transitions.
    History,
    /// The metrics of all components.
    #[cfg(feature = "prometheus")]
    Metrics(AnswerFormat<MetricsRenderer>),
    ZPage(Box<ZPage>),
    /// One of the components that a z-page shows.
    ZPageComponent(String, Box<ZPage>),
}

/// One of the pages `livez`, `readyz` and `startupz`, whose format does not depend on headers.
pub(super) struct ZPage {
    pub(super) probe: Probe,
    pub(super) selection: Selection,
    /// The names of components, even unknown ones.
    pub(super) excluded: Vec<String>,
    /// Whether a page that passes has a line for each component.
    pub(super) verbose: bool,
}

impl Question {
    /// Reads a request for what is at these paths. `Err` is the answer to a request that cannot be
    /// served.
    pub(super) fn read(paths: Paths<'_>, mount: Mount, request: &Parts) -> Result<Self, Answer> {
        let query = Query::read(&request.uri).map_err(Answer::bad_request)?;
        let refuse = |status, error| Err(Answer::refusal(status, error, query.pretty));
        let Some(place) = mount.find(paths, request).map_err(Answer::bad_request)? else {
            return refuse(StatusCode::NOT_FOUND, mount.wrong_path(paths.report, request));
        };
        let method = &request.method;
        if ![Method::GET, Method::HEAD, Method::OPTIONS].contains(method) {
            let error = format!("{method} is not supported; use GET, HEAD or OPTIONS");
            return refuse(StatusCode::METHOD_NOT_ALLOWED, error);
        }
        match place {
            Place::ZPage(probe, component) => Ok(Self::of_z_page(probe, &component, query)),
            Place::Report(below) => Self::of_report(below, query, request),
        }
    }

    fn of_z_page(probe: Probe, component: &str, query: Query) -> Self {
        let Query { pretty, selection, excluded, verbose, .. } = query;
        let selection = selection.probe(probe);
        let page = Box::new(ZPage { probe, selection, excluded, verbose });
        let subject = match component {
            "" => Subject::ZPage(page),
            name => Subject::ZPageComponent(name.to_owned(), page),
        };
        Self::new(subject, pretty)
    }

    /// Reads a request for what is at the report's path, or one segment below it.
    fn of_report(below: Cow<'_, str>, query: Query, request: &Parts) -> Result<Self, Answer> {
        let Query { pretty, format, selection, excluded, .. } = query;
        let refuse = |status, error: &str| Err(Answer::refusal(status, error.to_owned(), pretty));
        let selection = excluded.into_iter().fold(selection, Selection::without_name);
        let probe = Probe::ALL.into_iter().find(|probe| probe.as_str() == below);
        let is_selective = selection != Selection::all();
        let is_whole = below.is_empty();
        let wanted = FormatRequest { name: format.as_deref(), headers: &request.headers, pretty };
        let subject = if let Some(probe) = probe {
            let format = wanted.choose(Offered::REPORTS, IfNoneAccepted::UseDefault)?;
            Subject::Probe(probe, selection.probe(probe), format)
        } else if is_whole && is_selective {
            Subject::Report(selection, wanted.choose(Offered::REPORTS, IfNoneAccepted::Refuse)?)
        } else if is_whole {
            let chosen = wanted.choose(Offered::ALL, IfNoneAccepted::Refuse)?;
            match chosen.renderer {
                Renderer::Reports(renderer) => {
                    Subject::Report(selection, chosen.with_renderer(renderer))
                }
                // They always cover all components, so a selection does not offer them.
                #[cfg(feature = "prometheus")]
                Renderer::Metrics(renderer) => Subject::Metrics(chosen.with_renderer(renderer)),
            }
        } else if is_selective {
            let error = "`collection`, `tag` and `exclude` select from the report; leave them out \
                         for a component, the history or metrics";
            return refuse(StatusCode::BAD_REQUEST, error);
        } else if below == HISTORY {
            wanted.choose(Offered::JSON, IfNoneAccepted::UseDefault)?;
            Subject::History
        } else if below == METRICS {
            #[cfg(feature = "prometheus")]
            {
                Subject::Metrics(wanted.choose(Offered::METRICS, IfNoneAccepted::UseDefault)?)
            }
            #[cfg(not(feature = "prometheus"))]
            {
                let error = "metrics need panopticon's feature `prometheus`";
                return refuse(StatusCode::NOT_FOUND, error);
            }
        } else {
            let format = wanted.choose(Offered::REPORTS, IfNoneAccepted::Refuse)?;
            Subject::Component(below.into_owned(), format)
        };
        let question = Self::new(subject, pretty);
        #[cfg(feature = "page")]
        let question = question.with_page(request, is_whole);
        Ok(question)
    }

    fn new(subject: Subject, pretty: bool) -> Self {
        Self {
            subject,
            pretty,
            #[cfg(feature = "page")]
            page: PageRequest::default(),
        }
    }

    /// Adds what the page depends on, if the answer is one.
    #[cfg(feature = "page")]
    fn with_page(self, request: &Parts, is_whole: bool) -> Self {
        match &self.subject {
            Subject::Report(_, format)
            | Subject::Probe(_, _, format)
            | Subject::Component(_, format)
                if format.format.is_page() =>
            {
                Self { page: PageRequest::of(request, is_whole), ..self }
            }
            _ => self,
        }
    }
}

#[cfg(feature = "page")]
impl PageRequest {
    fn of(request: &Parts, is_whole: bool) -> Self {
        let report_url = match request.uri.path().ends_with('/') {
            _ if is_whole => None,
            true => Some("../"),
            false => Some("./"),
        };
        let known_versions = request.headers.get(IF_NONE_MATCH).cloned();
        Self { selection: Query::selecting_part(&request.uri), report_url, known_versions }
    }
}
