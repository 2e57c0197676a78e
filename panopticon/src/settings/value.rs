//! How a setting's value is shown in errors.

use std::time::Duration;

use super::bearer_token::BearerToken;
use crate::report::{Disclosure, MessageKey};

/// A value of a setting.
pub(crate) trait SettingValue: Clone {
    /// Returns the value as its user knows it, for errors.
    fn shown(&self) -> String;
}

/// Returns whether a value may have the password of a URL, whatever else is wrong with it, and so
/// must not be shown.
pub(crate) fn may_have_password(shown: &str) -> bool {
    shown.contains('@')
}

/// A value of an optional setting, which users give without the `Some`.
impl<T: SettingValue> SettingValue for Option<T> {
    fn shown(&self) -> String {
        self.as_ref().map_or_else(|| "unset".to_owned(), T::shown)
    }
}

impl SettingValue for String {
    fn shown(&self) -> String {
        format!("{self:?}")
    }
}

impl SettingValue for Vec<String> {
    fn shown(&self) -> String {
        self.join(",").shown()
    }
}

impl SettingValue for bool {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl SettingValue for u16 {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl SettingValue for Duration {
    fn shown(&self) -> String {
        format!("{self:?}")
    }
}

impl SettingValue for Disclosure {
    fn shown(&self) -> String {
        self.as_str().to_owned()
    }
}

impl SettingValue for BearerToken {
    fn shown(&self) -> String {
        format!("{self:?}")
    }
}

impl SettingValue for MessageKey {
    fn shown(&self) -> String {
        self.as_str().to_owned()
    }
}
