//! The settings of events.

use super::boolean;
use super::setting::Setting;

pub(super) const HISTORY: Setting<bool> = Setting {
    method: "history",
    variables: &["PANOPTICON_HISTORY"],
    accepted: boolean::SYNTAX,
    read: boolean::parse,
    accept: Some,
    default: || cfg!(feature = "page"),
    syntax: None,
    is_secret: false,
};
