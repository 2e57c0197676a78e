//! The settings of reports over HTTP.

use super::bearer_token::BearerToken;
use super::boolean;
#[cfg(feature = "http")]
use super::setting::InvalidSetting;
use super::setting::Setting;
#[cfg(feature = "http")]
use crate::check::Probe;
use crate::report::Disclosure;

pub(crate) const PATH: Setting<String> = Setting {
    method: "path",
    variables: &["PANOPTICON_PATH"],
    accepted: "a path below the root, of ASCII letters, digits and `_ . ~ -` between slashes, such \
               as `/healthcheck`",
    read: |text| Some(text.to_owned()),
    accept: |path| normal_path(&path),
    default: || "/healthcheck".to_owned(),
    syntax: None,
    is_secret: false,
};

/// `None` switches them off.
pub(super) const Z_PAGES: Setting<Option<String>> = Setting {
    method: "z_pages",
    variables: &["PANOPTICON_Z_PAGES"],
    accepted: "`/` for the root, or a path below it, of ASCII letters, digits and `_ . ~ -` between \
               slashes, such as `/internal`",
    read: |text| Some((text != "off").then(|| text.to_owned())),
    accept: |prefix| match prefix {
        Some(prefix) if prefix != "/" => normal_path(&prefix).map(Some),
        root_or_off => Some(root_or_off),
    },
    default: || Some("/".to_owned()),
    syntax: Some("this path, or as `off` to serve none"),
    is_secret: false,
};

pub(super) const UNHEALTHY_STATUS: Setting<u16> = Setting {
    method: "unhealthy_status",
    variables: &["PANOPTICON_UNHEALTHY_STATUS"],
    accepted: "an HTTP status from 400 to 599, such as 503, or 500 for monitors written against \
               python-panopticon",
    read: |text| text.parse().ok(),
    accept: |status| Some(status).filter(|status| (400..=599).contains(status)),
    default: || 503,
    syntax: None,
    is_secret: false,
};

pub(super) const DEGRADED_STATUS: Setting<u16> = Setting {
    method: "degraded_status",
    variables: &["PANOPTICON_DEGRADED_STATUS"],
    accepted: "an HTTP status from 200 to 299, except 204 and 205, which have no body, or from 400 to \
               599, such as 429 for Consul",
    read: |text| text.parse().ok(),
    accept: |status| {
        Some(status).filter(|status| matches!(status, 200..=203 | 206..=299 | 400..=599))
    },
    default: || 200,
    syntax: None,
    is_secret: false,
};

pub(super) const DRAIN_FAILS_REPORT: Setting<bool> = Setting {
    method: "drain_fails_report",
    variables: &["PANOPTICON_DRAIN_FAILS_REPORT"],
    accepted: boolean::SYNTAX,
    read: boolean::parse,
    accept: Some,
    default: || true,
    syntax: None,
    is_secret: false,
};

pub(super) const DISCLOSURE: Setting<Option<Disclosure>> = Setting {
    method: "disclosure",
    variables: &["PANOPTICON_DISCLOSURE"],
    accepted: "`full`, `authored` or `status-only`",
    read: |text| Disclosure::ALL.into_iter().find(|it| it.as_str() == text).map(Some),
    accept: Some,
    default: || None,
    syntax: None,
    is_secret: false,
};

pub(crate) const TOKEN: Setting<Option<BearerToken>> = Setting {
    method: "token",
    variables: &["PANOPTICON_TOKEN"],
    accepted: "at least 16 visible ASCII characters, without spaces and line breaks, such as those \
               that `openssl rand -hex 32` prints",
    read: |text| Some(Some(BearerToken::new(text))),
    accept: |token| Some(token).filter(|it| it.as_ref().is_none_or(BearerToken::is_valid)),
    default: || None,
    syntax: None,
    is_secret: true,
};

/// Returns a path below the root without a slash after it, or `None` if it is none that can be
/// routed and requested everywhere.
fn normal_path(path: &str) -> Option<String> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut segments = path.strip_prefix('/')?.split('/');
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '~' | '-');
    segments
        // Clients resolve `.` and `..`, so they never ask for such a path.
        .all(|segment| !matches!(segment, "" | "." | "..") && segment.chars().all(is_plain))
        .then(|| path.to_owned())
}

/// Returns why the z-pages cannot be served after this prefix, if one of them or one of its
/// components would have the path of the report or of a component.
#[cfg(feature = "http")]
pub(super) fn overlap(path: &str, z_pages: &str) -> Option<InvalidSetting> {
    let prefix = z_pages.trim_end_matches('/');
    let parent = |path: &str| path.rsplit_once('/').map_or(String::new(), |(it, _)| it.to_owned());
    let z_page = Probe::ALL
        .map(|probe| format!("{prefix}/{}", probe.z_page()))
        .into_iter()
        .find(|z_page| z_page == path || parent(z_page) == path || parent(path) == *z_page)?;
    Some(InvalidSetting {
        source: "the builder's `z_pages`, or the environment variable `PANOPTICON_Z_PAGES`,"
            .to_owned(),
        objection: format!(
            "must not be {z_pages:?} while the report is at {path}, since both would answer \
             requests for {}",
            if z_page.len() > path.len() { &z_page } else { path }
        ),
        accepted: "another path; or move the report".to_owned(),
    })
}
