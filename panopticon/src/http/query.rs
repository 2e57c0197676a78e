//! The parameters of a query.

use std::mem::take;

use http::Uri;

use super::percent_decoding::decode_in_query;
use crate::panopticon::Selection;

const COLLECTION: &str = "collection";
const TAG: &str = "tag";
const EXCLUDE: &str = "exclude";

/// The known parameters of a query. All others are ignored, even malformed ones, since probes and
/// proxies add their own.
#[derive(Default)]
pub(super) struct Query {
    /// Whether JSON is indented.
    pub(super) pretty: bool,
    /// The name in `?format=`.
    pub(super) format: Option<String>,
    /// The collections and tags.
    pub(super) selection: Selection,
    /// The names of the components to exclude, even unknown ones.
    pub(super) excluded: Vec<String>,
    /// Whether a z-page that passes has a line for each component.
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
                    // A plus means a space, but people write `health+json` unencoded.
                    let name = value()?.replace(' ', "+");
                    if query.format.replace(name).is_some() {
                        return Err("`format` must be given once".to_owned());
                    }
                }
                COLLECTION => {
                    query.selection = take(&mut query.selection).collection(value()?);
                }
                TAG => query.selection = take(&mut query.selection).tag(value()?),
                EXCLUDE => query.excluded.push(value()?.into_owned()),
                // Whatever its value is, as for the API server.
                "verbose" => query.verbose = true,
                _ => {}
            }
        }
        Ok(query)
    }

    /// Returns the parameters that select a part of the report, as they are in the URL.
    #[cfg(feature = "page")]
    pub(super) fn selecting_part(uri: &Uri) -> String {
        let parameters = uri.query().into_iter().flat_map(|query| query.split('&'));
        let selecting = parameters.filter(|parameter| {
            let key = parameter.split('=').next().unwrap_or_default();
            decode_in_query(key).is_ok_and(|key| [COLLECTION, TAG, EXCLUDE].contains(&&*key))
        });
        selecting.collect::<Vec<_>>().join("&")
    }
}

fn read_pretty(value: &str) -> Result<bool, String> {
    match value {
        "" | "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        other => Err(format!("`pretty` must not be {other:?}; write `?pretty` or leave it out")),
    }
}
