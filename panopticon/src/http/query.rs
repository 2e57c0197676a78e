//! The parameters of a query.

use std::mem::take;

use http::Uri;

use super::percent_decoding::decode_in_query;
use crate::panopticon::Selection;

/// What a query asks for. All other parameters are ignored, however they are written, since probes
/// and proxies add their own.
#[derive(Default)]
pub(super) struct Query {
    /// Whether it asks for line breaks and indentation.
    pub(super) pretty: bool,
    /// The name of a format.
    pub(super) format: Option<String>,
    /// The collections and tags.
    pub(super) selection: Selection,
    /// The names of components.
    pub(super) excluded: Vec<String>,
    /// Whether a z-page that passes shows more than that.
    pub(super) verbose: bool,
}

impl Query {
    /// Reads the query. An error says what is malformed, or which value is not accepted.
    pub(super) fn read(uri: &Uri) -> Result<Self, String> {
        let mut query = Self::default();
        for parameter in uri.query().into_iter().flat_map(|query| query.split('&')) {
            let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let Ok(key) = decode_in_query(key) else { continue };
            let value = || decode_in_query(value);
            match &*key {
                "pretty" => query.pretty = read_pretty(&value()?)?,
                "format" => {
                    // A plus is a space, but nobody thinks of that in `health+json`.
                    let name = value()?.replace(' ', "+");
                    if query.format.replace(name).is_some() {
                        return Err("`format` must be given once".to_owned());
                    }
                }
                "collection" => {
                    query.selection = take(&mut query.selection).collection(value()?);
                }
                "tag" => query.selection = take(&mut query.selection).tag(value()?),
                "exclude" => query.excluded.push(value()?.into_owned()),
                // Whatever its value is, as for the API server.
                "verbose" => query.verbose = true,
                _ => {}
            }
        }
        Ok(query)
    }
}

fn read_pretty(value: &str) -> Result<bool, String> {
    match value {
        "" | "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        other => Err(format!("`pretty` must not be {other:?}; write `?pretty` or leave it out")),
    }
}
