//! Settings that must not be shown.

use std::fmt;

pub(super) use crate::settings::SecretUrl;
use crate::settings::{SettingValue, may_have_password};

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
