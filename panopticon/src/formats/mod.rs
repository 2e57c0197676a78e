//! Reports as bytes, one file for each format.
//!
//! To add a format, add a file with a [`Format`](self::format::Format). Its functions from a report
//! or a component to bytes know nothing about HTTP or the other formats. Then add its `mod` line,
//! with the feature of the dependency that it needs or of the surface that offers it, and a row in
//! [`format::ALL`](self::format::ALL). Surfaces offer every format in that table.

#[cfg(feature = "http")]
pub(crate) mod format;
#[cfg(feature = "http")]
mod health_json;
#[cfg(feature = "http")]
pub(crate) mod history_json;
pub(crate) mod json;
#[cfg(feature = "page")]
pub(crate) mod page;
#[cfg(feature = "prometheus")]
mod prometheus;
#[cfg(feature = "http")]
pub(crate) mod verbose;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use crate::report::keys;

    /// The schemas are written by hand, so that people can read them, and must not diverge.
    #[test]
    fn the_schemas_have_the_keys_of_the_wire_format() {
        for (schema, keys) in [
            (include_str!("report.schema.json"), keys::report::ALL),
            (include_str!("component.schema.json"), keys::component::ALL),
        ] {
            let schema: Value = serde_json::from_str(schema).unwrap();
            let described: BTreeSet<&str> =
                schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(described, keys.iter().copied().collect());
        }
    }
}
