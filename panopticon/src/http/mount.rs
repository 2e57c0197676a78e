//! Where the report's path is in the path of a request.

use std::borrow::Cow;

use http::Request;

use super::percent_decoding::decode;

/// How requests reach the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mount {
    /// With the report's path. What axum strips as a prefix may end with it.
    AtPath,
    /// With the report's path, which the router has matched.
    #[cfg(feature = "axum")]
    Routed,
    /// Without the report's path.
    Nested,
}

impl Mount {
    /// Returns what follows the report's path in the request's: nothing, or one segment, decoded. A
    /// slash at the end makes no difference. `None` is any other path; an error says which part of
    /// the path is malformed.
    pub(super) fn below<'r, B>(
        self,
        report_path: &str,
        request: &'r Request<B>,
    ) -> Result<Option<Cow<'r, str>>, String> {
        let is_stripped = match self {
            Self::AtPath => ends_stripped_prefix(report_path, request),
            #[cfg(feature = "axum")]
            Self::Routed => false,
            Self::Nested => true,
        };
        below(if is_stripped { "" } else { report_path }, request.uri().path())
    }

    /// Returns the error of a request for something else than the report.
    pub(super) fn wrong_path(self, report_path: &str, path: &str) -> String {
        match self {
            Self::AtPath => format!(
                "the health report is at {report_path}, not at {path:?}; if a prefix of the path \
                 was stripped, as by axum's `nest_service`, serve `http_service().nested()`"
            ),
            #[cfg(feature = "axum")]
            Self::Routed => format!("the health report is at {report_path}, not at {path:?}"),
            Self::Nested => format!(
                "the health report is at the path that this service is nested at, and its probes \
                 and components are one segment below that, but {path:?} is further below"
            ),
        }
    }
}

/// Returns whether axum has stripped a prefix that ends with the report's path.
#[cfg(feature = "axum")]
fn ends_stripped_prefix<B>(report_path: &str, request: &Request<B>) -> bool {
    use axum::extract::OriginalUri;

    let Some(OriginalUri(original)) = request.extensions().get() else { return false };
    let (original, path) = (original.path(), request.uri().path());
    // Of the whole path, axum leaves a slash that was not there.
    let prefix = original.strip_suffix(path).or((path == "/").then_some(original));
    prefix.is_some_and(|prefix| prefix.ends_with(report_path))
}

#[cfg(not(feature = "axum"))]
fn ends_stripped_prefix<B>(_: &str, _: &Request<B>) -> bool {
    false
}

fn below<'r>(report_path: &str, path: &'r str) -> Result<Option<Cow<'r, str>>, String> {
    // Split before decoding, since an encoded slash separates nothing.
    let mut segments = path.split('/');
    for expected in report_path.split('/') {
        match segments.next().map(decode).transpose()? {
            Some(segment) if segment == expected => {}
            _ => return Ok(None),
        }
    }
    Ok(match (segments.next(), segments.next(), segments.next()) {
        (None | Some(""), None, None) => Some(Cow::Borrowed("")),
        (Some(segment), None | Some(""), None) if !segment.is_empty() => Some(decode(segment)?),
        _ => None,
    })
}
