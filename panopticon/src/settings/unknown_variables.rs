//! Unknown variables that begin like our own, such as misspelled ones.

use std::ffi::OsString;

use super::warning::SettingWarning;
use crate::edit_distance::most_similar;

/// The variables of a setting, whether or not its feature is enabled.
pub(crate) struct KnownVariables {
    pub(crate) names: &'static [&'static str],
    /// The feature that the setting needs, if it is not enabled.
    pub(crate) disabled_feature: Option<&'static str>,
}

const PREFIX: &str = "PANOPTICON_";

/// Returns a warning for each variable that begins with `PANOPTICON_` and has no effect, sorted by
/// name.
pub(crate) fn unknown_variables(
    known: &[KnownVariables],
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Vec<SettingWarning> {
    let mut warnings: Vec<_> = environment
        .into_iter()
        .filter_map(|(name, value)| {
            warning(known, &name.to_string_lossy(), &value.to_string_lossy())
        })
        .collect();
    warnings.sort_unstable_by(|a, b| a.variable().cmp(b.variable()));
    warnings
}

fn warning(known: &[KnownVariables], name: &str, value: &str) -> Option<SettingWarning> {
    // Windows ignores case.
    let upper = if cfg!(windows) { name.to_ascii_uppercase() } else { name.to_owned() };
    let rest = upper.strip_prefix(PREFIX)?;
    if is_service_link(rest, value) {
        return None;
    }
    let problem = match known.iter().find(|setting| setting.names.contains(&&*upper)) {
        Some(KnownVariables { disabled_feature: None, .. }) => return None,
        Some(KnownVariables { disabled_feature: Some(feature), .. }) => {
            format!("has no effect, since it needs panopticon's feature `{feature}`")
        }
        None => {
            let known = || known.iter().flat_map(|setting| setting.names).copied();
            // The platform's variables, such as `DD_SERVICE`, are not suggested.
            let known = || known().filter(|name| name.starts_with(PREFIX));
            let instead = most_similar(rest, known().filter_map(|it| it.strip_prefix(PREFIX)))
                .map_or_else(
                    || format!("known ones: `{}`", known().collect::<Vec<_>>().join("`, `")),
                    |similar| format!("did you mean `{PREFIX}{similar}`?"),
                );
            format!("has no effect, since there is no such setting; {instead}")
        }
    };
    Some(SettingWarning::new(name, problem))
}

/// Returns whether Kubernetes sets this variable for a `Service` whose name begins with
/// `panopticon`.
/// <https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>
fn is_service_link(rest: &str, value: &str) -> bool {
    let is_port = |port: &str| port.starts_with(|c: char| c.is_ascii_digit());
    rest.ends_with("SERVICE_HOST")
        || rest.contains("SERVICE_PORT")
        || rest.split("PORT_").skip(1).any(is_port)
        || (rest.ends_with("PORT") && value.contains("://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[KnownVariables] = &[
        KnownVariables { names: &["PANOPTICON_TIMEOUT"], disabled_feature: None },
        KnownVariables { names: &["PANOPTICON_CACHE"], disabled_feature: None },
        KnownVariables { names: &["PANOPTICON_PATH"], disabled_feature: Some("http") },
    ];

    fn warnings(variables: &[(&str, &str)]) -> Vec<String> {
        let variables = variables.iter().map(|&(name, value)| (name.into(), value.into()));
        unknown_variables(KNOWN, variables).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_name_that_was_meant_is_named() {
        for (name, nearest) in [
            ("PANOPTICON_TIMOUT", "PANOPTICON_TIMEOUT"),
            ("PANOPTICON_TIMEOUTS", "PANOPTICON_TIMEOUT"),
            ("PANOPTICON_CAHCE", "PANOPTICON_CACHE"),
            ("PANOPTICON_PTH", "PANOPTICON_PATH"),
        ] {
            let expected = format!(
                "the environment variable `{name}` has no effect, since there is no such setting; \
                 did you mean `{nearest}`?"
            );
            assert_eq!(warnings(&[(name, "1s")]), [expected]);
        }
    }

    #[test]
    fn a_name_that_is_like_no_other_lists_all() {
        for name in ["PANOPTICON_LOG", "PANOPTICON_INTERVAL", "PANOPTICON_", "PANOPTICON_P"] {
            let expected = format!(
                "the environment variable `{name}` has no effect, since there is no such setting; \
                 known ones: `PANOPTICON_TIMEOUT`, `PANOPTICON_CACHE`, `PANOPTICON_PATH`"
            );
            assert_eq!(warnings(&[(name, "1s")]), [expected]);
        }
    }

    #[test]
    fn a_setting_of_a_disabled_feature_names_the_feature() {
        assert_eq!(
            warnings(&[("PANOPTICON_PATH", "/health")]),
            [
                "the environment variable `PANOPTICON_PATH` has no effect, since it needs panopticon's \
              feature `http`"
            ]
        );
    }

    #[test]
    fn variables_of_kubernetes_and_of_others_are_left_alone() {
        let none: [&str; 0] = [];
        assert_eq!(
            warnings(&[
                ("PANOPTICON_TIMEOUT", "x"),
                ("PANOPTICON_SERVICE_HOST", "10.0.0.1"),
                ("PANOPTICON_SERVICE_PORT", "80"),
                ("PANOPTICON_SERVICE_PORT_HTTP", "80"),
                ("PANOPTICON_PORT", "tcp://10.0.0.1:80"),
                ("PANOPTICON_PORT_80_TCP_ADDR", "10.0.0.1"),
                ("PANOPTICON_PATH_SERVICE_HOST", "10.0.0.1"),
                ("PANOPTICONS", ""),
                ("MY_PANOPTICON_CAHCE", ""),
            ]),
            none
        );
    }

    #[test]
    fn a_name_cannot_forge_a_line() {
        let shown = warnings(&[("PANOPTICON_A\nb", "")]).concat();
        assert!(!shown.contains('\n') && shown.contains("A\\nb"), "{shown}");
    }
}
