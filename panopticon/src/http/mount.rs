//! Finds the report's path in the path of a request.

use std::borrow::Cow;

use http::request::Parts;

use super::percent_decoding::decode;

/// How requests reach the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mount {
    /// With the report's path, unless it ends a prefix that axum has stripped.
    AtPath,
    /// With the report's path, which the router has matched.
    #[cfg(feature = "axum")]
    Routed,
    /// Without the report's path.
    Nested,
}

impl Mount {
    /// Returns what follows the report's path in the path of the request: nothing, or one decoded
    /// segment. A trailing slash makes no difference. Returns `None` for any other path. An error
    /// says which part of the path is malformed.
    pub(super) fn below<'r>(
        self,
        report_path: &str,
        request: &'r Parts,
    ) -> Result<Option<Cow<'r, str>>, String> {
        let expected = if self.is_stripped(report_path, request) { "" } else { report_path };
        below(expected, request.uri.path())
    }

    /// Returns the error of a request for something else than the report.
    pub(super) fn wrong_path(self, report_path: &str, request: &Parts) -> String {
        let path = request.uri.path();
        if self.is_stripped(report_path, request) {
            return format!(
                "the health report is at the path that this service is nested at, and its probes \
                 and components are one segment below that, but {path:?} is further below"
            );
        }
        match prefix(report_path, path) {
            Some("") => format!(
                "the health report is at {report_path}, and its probes and components are one \
                 segment below that, but {path:?} is further below"
            ),
            Some(prefix) => format!(
                "the health report is at {report_path}, not at {path:?}; to serve it after the \
                 prefix {prefix:?}, set `PANOPTICON_PATH` or `Builder::path` to {:?}",
                format!("{prefix}{report_path}")
            ),
            None => format!(
                "the health report is at {report_path}, not at {path:?}; to move it, set \
                 `PANOPTICON_PATH` or `Builder::path`; if a router has stripped a prefix from \
                 the path, serve `http_service().nested()`"
            ),
        }
    }

    /// Returns whether the request's path lacks the report's path.
    fn is_stripped(self, report_path: &str, request: &Parts) -> bool {
        match self {
            Self::AtPath => ends_stripped_prefix(report_path, request),
            #[cfg(feature = "axum")]
            Self::Routed => false,
            Self::Nested => true,
        }
    }
}

/// Returns what is before the report's path in a request's path, if that contains it.
fn prefix<'r>(report_path: &str, path: &'r str) -> Option<&'r str> {
    let mut found = path.match_indices(report_path);
    let (start, _) = found.find(|(start, _)| {
        let rest = &path[start + report_path.len()..];
        rest.is_empty() || rest.starts_with('/')
    })?;
    Some(&path[..start])
}

/// Returns whether axum has stripped a prefix that ends with the report's path.
#[cfg(feature = "axum")]
fn ends_stripped_prefix(report_path: &str, request: &Parts) -> bool {
    use axum::extract::OriginalUri;

    let Some(OriginalUri(original)) = request.extensions.get() else { return false };
    let (original, path) = (original.path(), request.uri.path());
    // If nothing is left of the path, axum adds a slash that was not there.
    let prefix = original.strip_suffix(path).or((path == "/").then_some(original));
    prefix.is_some_and(|prefix| prefix.ends_with(report_path))
}

#[cfg(not(feature = "axum"))]
fn ends_stripped_prefix(_: &str, _: &Parts) -> bool {
    false
}

fn below<'r>(report_path: &str, path: &'r str) -> Result<Option<Cow<'r, str>>, String> {
    // Split before decoding, since an encoded slash does not separate segments.
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
