//! Finds what is requested in the path of a request.

use std::borrow::Cow;

use http::request::Parts;

use super::percent_decoding::decode;
use crate::check::Probe;

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

/// The paths that a service answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paths<'a> {
    pub(super) report: &'a str,
    /// The path that the z-pages are below, unless they are switched off.
    pub(super) z_pages: Option<&'a str>,
}

/// What is at a path. With it is what follows that path: nothing, or one decoded segment.
pub(super) enum Place<'r> {
    Report(Cow<'r, str>),
    ZPage(Probe, Cow<'r, str>),
}

impl Mount {
    /// Returns what the path of the request leads to, if there is something. A trailing slash makes
    /// no difference. An error says which part of the path is malformed.
    pub(super) fn find<'r>(
        self,
        paths: Paths<'_>,
        request: &'r Parts,
    ) -> Result<Option<Place<'r>>, String> {
        let path = request.uri.path();
        if self.is_stripped(paths.report, request) {
            let Some(below) = path_below("", path)? else { return Ok(None) };
            return Ok(only_segment(below)?.map(Place::Report));
        }
        if let Some(below) = path_below(paths.report, path)? {
            return Ok(only_segment(below)?.map(Place::Report));
        }
        match paths.z_pages {
            Some(prefix) => z_page(prefix, path),
            None => Ok(None),
        }
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

fn z_page<'r>(prefix: &str, path: &'r str) -> Result<Option<Place<'r>>, String> {
    let Some(below) = path_below(prefix.trim_end_matches('/'), path)? else { return Ok(None) };
    let Some((name, below)) = first_segment(below) else { return Ok(None) };
    let name = decode(name)?;
    let Some(probe) = Probe::ALL.into_iter().find(|probe| probe.z_page() == name) else {
        return Ok(None);
    };
    Ok(only_segment(below)?.map(|component| Place::ZPage(probe, component)))
}

/// Returns what follows `expected` in a request's path, if it begins with that: nothing, or a slash
/// and more.
fn path_below<'r>(expected: &str, path: &'r str) -> Result<Option<&'r str>, String> {
    let whole_segments = |rest: &&str| rest.is_empty() || rest.starts_with('/');
    if let Some(rest) = path.strip_prefix(expected).filter(whole_segments) {
        return Ok(Some(rest));
    }
    if !path.contains('%') {
        return Ok(None);
    }
    // Split before decoding, since an encoded slash does not separate segments.
    let mut rest = path;
    for expected in expected.split('/').skip(1) {
        let Some((segment, after)) = first_segment(rest) else { return Ok(None) };
        if decode(segment)? != expected {
            return Ok(None);
        }
        rest = after;
    }
    Ok(Some(rest))
}

/// Splits a path that begins with a slash after its first segment.
fn first_segment(path: &str) -> Option<(&str, &str)> {
    let path = path.strip_prefix('/')?;
    Some(path.split_at(path.find('/').unwrap_or(path.len())))
}

/// Returns the only segment, decoded, or an empty one if there is none. Returns `None` if there are
/// more. A slash at the end does not count.
fn only_segment(path: &str) -> Result<Option<Cow<'_, str>>, String> {
    match first_segment(path) {
        None | Some(("", "")) => Ok(Some(Cow::Borrowed(""))),
        Some((segment, "" | "/")) if !segment.is_empty() => decode(segment).map(Some),
        Some(_) => Ok(None),
    }
}
