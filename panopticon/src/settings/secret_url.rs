//! URLs that are secrets.

use std::fmt;

use super::value::SettingValue;
use crate::shown_url::shown_url;

/// A URL of which only the scheme, host and port are shown, not even by `Debug`: the path and the query may
/// have a token. That of [`Builder::heartbeat_url`](crate::Builder::heartbeat_url) is one.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretUrl(pub(crate) String);

impl SecretUrl {
    /// Returns whether the URL has a path, which may be a secret.
    #[cfg(feature = "datadog-api")]
    pub(crate) fn has_path(&self) -> bool {
        self.0.split_once("://").is_some_and(|(_, rest)| rest.contains('/'))
    }
}

impl SettingValue for SecretUrl {
    fn shown(&self) -> String {
        format!("{self:?}")
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown_url(&self.0))
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&shown_url(&self.0), f)
    }
}
