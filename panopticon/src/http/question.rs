//! What a request asks for, by its method, path and query.

use http::{Method, StatusCode, Uri};

use super::answer::Answer;
use super::negotiation::{AnswerFormat, parameters};
use crate::check::Probe;
use crate::panopticon::Selection;

pub(super) struct Question {
    pub(super) subject: Subject,
    pub(super) format: AnswerFormat,
}

pub(super) enum Subject {
    /// The report itself, or the part of it that `?collection=` selects.
    Report(Selection),
    Probe(Selection),
    Component(String),
}

impl Question {
    /// Reads a request for the report at a path. `Err` is the answer to a request that cannot be
    /// served.
    pub(super) fn read(report_path: &str, method: &Method, uri: &Uri) -> Result<Self, Answer> {
        let format = AnswerFormat::choose(uri).map_err(|error| {
            let format = AnswerFormat::Json { pretty: false };
            Answer::refusal(StatusCode::BAD_REQUEST, error, format)
        })?;
        let refuse = |status, error| Err(Answer::refusal(status, error, format));
        let Some(below) = below(report_path, uri.path()) else {
            let error = format!("the health report is at {report_path}");
            return refuse(StatusCode::NOT_FOUND, error);
        };
        if method != Method::GET && method != Method::HEAD {
            let error = format!("{method} is not supported; use GET or HEAD");
            return refuse(StatusCode::METHOD_NOT_ALLOWED, error);
        }
        // Other parameters are ignored, since probes and proxies add their own.
        let collections = parameters(uri).filter(|&(name, _)| name == "collection");
        let selection =
            collections.fold(Selection::all(), |selection, (_, name)| selection.collection(name));
        let probe = Probe::ALL.into_iter().find(|probe| probe.as_str() == below);
        let subject = if let Some(probe) = probe {
            Subject::Probe(selection.probe(probe))
        } else if below.is_empty() {
            Subject::Report(selection)
        } else if selection != Selection::all() {
            let error = "`collection` selects from the report; leave it out for a component";
            return refuse(StatusCode::BAD_REQUEST, error.to_owned());
        } else {
            Subject::Component(below.to_owned())
        };
        Ok(Self { subject, format })
    }
}

/// Returns what follows the report's path: nothing, or one segment. A slash at the end makes no
/// difference.
fn below<'a>(report_path: &str, path: &'a str) -> Option<&'a str> {
    let rest = path.strip_prefix(report_path)?;
    if matches!(rest, "" | "/") {
        return Some("");
    }
    let segment = rest.strip_prefix('/')?;
    let segment = segment.strip_suffix('/').unwrap_or(segment);
    Some(segment).filter(|segment| !segment.is_empty() && !segment.contains('/'))
}
