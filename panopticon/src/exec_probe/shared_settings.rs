//! The settings that the probe's environment shares with the service's.

use crate::settings::{Environment, Setting, SettingProblems, SettingValue};

/// Returns a setting, or the end of a sentence about the target if the service would not accept the
/// setting either.
pub(super) fn from_environment<T: SettingValue>(
    setting: &Setting<T>,
    environment: Environment<'_>,
) -> Result<T, String> {
    let mut problems = SettingProblems::default();
    let value = setting.settle(None, environment, &mut problems);
    match problems.invalid.first() {
        None => Ok(value),
        Some(invalid) => Err(format!("cannot be asked: {invalid}")),
    }
}

#[cfg(test)]
mod tests {
    use std::env::VarError;

    use super::*;
    use crate::settings::TOKEN;

    #[test]
    fn a_token_that_no_header_can_have_is_refused_and_not_shown() {
        let token = |environment: Environment<'_>| {
            let token = from_environment(&TOKEN, environment)?;
            Ok::<_, String>(token.map(|token| token.as_str().to_owned()))
        };
        assert_eq!(token(&|_| Err(VarError::NotPresent)), Ok(None));
        let random = "s3cret-0123456789".to_owned();
        assert_eq!(token(&|_| Ok(random.clone())), Ok(Some(random.clone())));
        for end in ["\r\nEvil: 1", " ", "é"] {
            let error = token(&|_| Ok(format!("{random}{end}"))).unwrap_err();
            assert!(error.contains("PANOPTICON_TOKEN") && !error.contains("s3"), "{error}");
        }
        assert!(token(&|_| Ok(String::new())).is_err());
    }
}
