//! The platform's proxy variables, which ureq reads.

use std::env::VarError;

use ureq::Proxy;

use super::environment::Environment;
use super::warning::SettingWarning;

/// The variables in the order in which ureq tries them. It uses the first that is a URL.
const VARIABLES: [&str; 6] =
    ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

/// Returns a warning for each variable that ureq skips because it is not the URL of a proxy. Values
/// are not shown, since a password may be anywhere in them.
pub(crate) fn unusable_proxies(environment: Environment<'_>) -> Vec<SettingWarning> {
    let mut warnings = Vec::new();
    for name in VARIABLES {
        match environment(name) {
            Err(VarError::NotPresent) => {}
            Ok(url) if url.is_empty() => {}
            Ok(url) if Proxy::new(&url).is_ok() => break,
            Ok(_) | Err(VarError::NotUnicode(_)) => warnings.push(SettingWarning::new(
                name,
                "is skipped, since it is not the URL of a proxy; write one such as \
                 `http://proxy.example:3128` or `socks5://proxy.example:1080`, with `%40` for an \
                 `@` in a password",
            )),
        }
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warned(variables: &[(&str, &str)]) -> Vec<String> {
        let environment = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned()).ok_or(VarError::NotPresent)
        };
        unusable_proxies(&environment).iter().map(|it| it.variable().to_owned()).collect()
    }

    #[test]
    fn proxies_before_the_first_usable_one_are_named() {
        let none: [&str; 0] = [];
        let bad = "ftp://user:secret@proxy";
        assert_eq!(warned(&[("HTTP_PROXY", "http://proxy:3128"), ("NO_PROXY", "%%")]), none);
        assert_eq!(warned(&[("ALL_PROXY", ""), ("HTTP_PROXY", "socks5://proxy:1080")]), none);
        assert_eq!(warned(&[("ALL_PROXY", bad), ("http_proxy", bad)]), ["ALL_PROXY", "http_proxy"]);
        let later = [("ALL_PROXY", "http://proxy:3128"), ("HTTPS_PROXY", bad)];
        assert_eq!(warned(&later), none);
    }
}
