//! The parameters of a query.

use std::borrow::Cow;

use http::Uri;

use super::percent_decoding::decode_in_query;

/// Returns the decoded values of a parameter. An error says what is malformed. Other parameters are
/// ignored, however they are written, since probes and proxies add their own.
pub(super) fn values<'a>(
    uri: &'a Uri,
    name: &'a str,
) -> impl Iterator<Item = Result<Cow<'a, str>, String>> {
    let parameters = uri.query().into_iter().flat_map(|query| query.split('&'));
    parameters.filter_map(move |parameter| {
        let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let is_wanted = decode_in_query(key).is_ok_and(|key| key == name);
        is_wanted.then(|| decode_in_query(value))
    })
}
