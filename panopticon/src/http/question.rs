//! What a request asks for, by its method, path, query and headers.

use http::request::Parts;
use http::{Method, StatusCode};

use super::answer::Answer;
use super::mount::Mount;
use super::negotiation::{AnswerFormat, IfNoneAccepted, Offered, is_pretty};
use super::query;
use crate::check::Probe;
#[cfg(feature = "prometheus")]
use crate::formats::format::Renderer;
use crate::panopticon::Selection;

/// The name below the report's path at which metrics are, in whatever format they are requested.
const METRICS: &str = "metrics";

pub(super) struct Question {
    pub(super) subject: Subject,
    pub(super) format: AnswerFormat,
}

pub(super) enum Subject {
    /// The report itself, or the part of it that `?collection=` selects.
    Report(Selection),
    Probe(Probe, Selection),
    Component(String),
    /// The metrics of all components.
    #[cfg(feature = "prometheus")]
    Metrics,
}

impl Question {
    /// Reads a request for the report at a path. `Err` is the answer to a request that cannot be
    /// served.
    pub(super) fn read(report_path: &str, mount: Mount, request: &Parts) -> Result<Self, Answer> {
        let pretty = is_pretty(&request.uri).map_err(Answer::bad_request)?;
        let refuse = |status, error| Err(Answer::refusal(status, error, pretty));
        let Some(below) = mount.below(report_path, request).map_err(Answer::bad_request)? else {
            let error = mount.wrong_path(report_path, request);
            return refuse(StatusCode::NOT_FOUND, error);
        };
        let method = &request.method;
        if ![Method::GET, Method::HEAD, Method::OPTIONS].contains(method) {
            let error = format!("{method} is not supported; use GET, HEAD or OPTIONS");
            return refuse(StatusCode::METHOD_NOT_ALLOWED, error);
        }
        let mut selection = Selection::all();
        for collection in query::values(&request.uri, "collection") {
            selection = selection.collection(collection.map_err(Answer::bad_request)?);
        }
        let probe = Probe::ALL.into_iter().find(|probe| probe.as_str() == below);
        let is_selective = selection != Selection::all();
        let (subject, offered, if_none_accepted) = if let Some(probe) = probe {
            let subject = Subject::Probe(probe, selection.probe(probe));
            (subject, Offered::Reports, IfNoneAccepted::UseDefault)
        } else if below.is_empty() {
            // Metrics are of all components.
            let offered = if is_selective { Offered::Reports } else { Offered::All };
            (Subject::Report(selection), offered, IfNoneAccepted::Refuse)
        } else if is_selective {
            let error = "`collection` selects from the report; leave it out for a component";
            return refuse(StatusCode::BAD_REQUEST, error.to_owned());
        } else if below == METRICS {
            #[cfg(feature = "prometheus")]
            {
                (Subject::Metrics, Offered::Metrics, IfNoneAccepted::UseDefault)
            }
            #[cfg(not(feature = "prometheus"))]
            {
                let error = "metrics need panopticon's feature `prometheus`";
                return refuse(StatusCode::NOT_FOUND, error.to_owned());
            }
        } else {
            (Subject::Component(below.into_owned()), Offered::Reports, IfNoneAccepted::Refuse)
        };
        let format = AnswerFormat::choose(request, pretty, offered, if_none_accepted)?;
        #[cfg(feature = "prometheus")]
        if matches!(format.format.renderer, Renderer::Metrics(_)) {
            return Ok(Self { subject: Subject::Metrics, format });
        }
        Ok(Self { subject, format })
    }
}
