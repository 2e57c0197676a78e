//! Decides how much of an answer its reader sees.

use http::header::{AUTHORIZATION, HeaderMap};
use http::request::Parts;

use crate::panics::contain_panics;
use crate::panopticon::Panopticon;
use crate::report::Disclosure;

/// The authentication scheme of RFC 6750.
const BEARER: &[u8] = b"bearer";

/// Returns how much of the answer the sender of this request sees; `default` if nothing is
/// configured.
///
/// A request with a wrong token is treated as one without a token. Nothing else may depend on the
/// token, so that no other part of an answer tells whether it is right.
pub(super) fn disclosure(health: &Panopticon, default: Disclosure, request: &Parts) -> Disclosure {
    let settings = health.settings();
    let is_let_in = settings.token.as_ref().is_some_and(|token| {
        bearer_token(&request.headers).is_some_and(|presented| token.equals(presented))
    });
    match health.disclose_by() {
        _ if is_let_in => Disclosure::Full,
        Some(decide) => contain_panics(|| decide(request)).unwrap_or(Disclosure::StatusOnly),
        None => settings.disclosure.unwrap_or(default),
    }
}

/// Returns whether how much is shown may differ between requests.
pub(super) fn depends_on_request(health: &Panopticon) -> bool {
    health.settings().token.is_some() || health.disclose_by().is_some()
}

/// Returns what follows the scheme in the `Authorization` header.
fn bearer_token(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, rest) = value.split_at_checked(BEARER.len())?;
    let token = rest.trim_ascii();
    // The token is separated by a space.
    (scheme.eq_ignore_ascii_case(BEARER) && rest.starts_with(b" ")).then_some(token)
}
