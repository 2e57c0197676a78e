//! The settings of what is discovered.

use super::environment::Environment;
use super::setting::{InvalidSetting, Setting};

/// The names of checks to switch off. Unlike other settings, it does not give way to the builder's:
/// an operator switches off more than the program does.
const WITHOUT: Setting<Vec<String>> = Setting {
    method: "without",
    variables: &[WITHOUT_VARIABLE],
    accepted: "the names of components, separated by commas",
    read: |text| {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        Some(names.map(str::to_owned).collect())
    },
    accept: Some,
    default: Vec::new,
    is_secret: false,
};

pub(crate) const WITHOUT_VARIABLE: &str = "PANOPTICON_WITHOUT";

/// Returns the names of the checks that the environment switches off.
pub(crate) fn switched_off(
    environment: Environment<'_>,
    invalid: &mut Vec<InvalidSetting>,
) -> Vec<String> {
    WITHOUT.settle(None, environment, invalid)
}
