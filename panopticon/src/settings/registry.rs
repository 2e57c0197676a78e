//! The settings of what is discovered.

use super::setting::Setting;

/// The builder does not give this setting: what it switches off is added to what the environment
/// does, since an operator switches off more than the program.
pub(super) const WITHOUT: Setting<Vec<String>> = Setting {
    method: "without",
    variables: &["PANOPTICON_WITHOUT"],
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
