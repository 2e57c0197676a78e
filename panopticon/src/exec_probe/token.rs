//! The token with which a reader sees reports in full.

use std::env::VarError;

use crate::settings::Environment;

const VARIABLE: &str = "PANOPTICON_TOKEN";

/// Returns the token, which the environment sets for the service and the probe.
pub(super) fn token(environment: Environment<'_>) -> Result<Option<String>, String> {
    let value = match environment(VARIABLE) {
        Ok(value) => Some(value).filter(|value| !value.is_empty()),
        Err(VarError::NotPresent) => return Ok(None),
        Err(VarError::NotUnicode(_)) => None,
    };
    match value {
        Some(token) if token.chars().all(|c| c.is_ascii_graphic()) => Ok(Some(token)),
        _ => Err(format!(
            "cannot be probed: the environment variable `{VARIABLE}` has a value that a header cannot \
             contain (not shown, since it is a secret); it takes visible ASCII characters without \
             spaces"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_a_header_cannot_contain_is_refused_and_not_shown() {
        assert_eq!(token(&|_| Err(VarError::NotPresent)), Ok(None));
        assert_eq!(token(&|_| Ok("s3cret".to_owned())), Ok(Some("s3cret".to_owned())));
        for value in ["", "s3cret\r\nEvil: 1", "s3 cret", "s3crét"] {
            let error = token(&|_| Ok(value.to_owned())).unwrap_err();
            assert!(error.contains(VARIABLE) && !error.contains("s3"), "{error}");
        }
    }
}
