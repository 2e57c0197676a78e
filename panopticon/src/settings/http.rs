//! The settings of reports over HTTP.

use super::bearer_token::BearerToken;
use super::boolean;
use super::setting::Setting;
use crate::report::Disclosure;

pub(crate) const PATH: Setting<String> = Setting {
    method: "path",
    variables: &["PANOPTICON_PATH"],
    accepted: "a path below the root, of ASCII letters, digits and `_ . ~ -` between slashes, such \
               as `/healthcheck`",
    read: |text| Some(text.to_owned()),
    accept: |path| {
        let path = path.strip_suffix('/').unwrap_or(&path);
        let mut segments = path.strip_prefix('/')?.split('/');
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '~' | '-');
        segments
            // Clients resolve `.` and `..`, so they never ask for such a path.
            .all(|segment| !matches!(segment, "" | "." | "..") && segment.chars().all(is_plain))
            .then(|| path.to_owned())
    },
    default: || "/healthcheck".to_owned(),
    syntax: None,
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

pub(super) const TOKEN: Setting<Option<BearerToken>> = Setting {
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
