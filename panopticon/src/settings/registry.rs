//! The settings of the registry.

use super::setting::Setting;

pub(crate) const WITHOUT_VARIABLE: &str = "PANOPTICON_WITHOUT";

/// Only the environment gives this setting. What the builder switches off is added to it, so that
/// an operator can switch off more than the program does.
pub(super) const WITHOUT: Setting<Vec<String>> = Setting {
    method: "without",
    variables: &[WITHOUT_VARIABLE],
    accepted: "names of components, separated by commas",
    read: |text| {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        Some(names.map(str::to_owned).collect())
    },
    accept: Some,
    default: Vec::new,
    syntax: None,
    is_secret: false,
};
