//! Settings that must not be shown.

use std::fmt;

use crate::settings::{SettingValue, may_have_password};
use crate::shown_url::shown_url;

/// A text that `Debug` does not show.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(pub(super) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

impl SettingValue for Secret {
    fn shown(&self) -> String {
        format!("{self:?}")
    }
}

/// A text that should be an address, shown unless it may have a password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct AddressText(pub(super) String);

impl fmt::Debug for AddressText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(if may_have_password(&self.0) { "…" } else { &self.0 }, f)
    }
}

/// A URL of which only the scheme, host and port are shown.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct SecretUrl(pub(super) String);

impl SecretUrl {
    /// Returns whether the URL has a path, which may be a secret.
    #[cfg(feature = "datadog-api")]
    pub(super) fn has_path(&self) -> bool {
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
