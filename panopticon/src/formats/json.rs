//! JSON, as serde writes it except for the notation of small numbers.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

#[cfg(feature = "http")]
use super::format::{Format, RenderContext, Rendered, Renderer, ReportRenderer};
#[cfg(feature = "http")]
use crate::report::Component;
use crate::report::{ComponentList, Report, Summary, keys};

#[cfg(feature = "http")]
pub(crate) const FORMAT: Format = Format {
    name: "json",
    media_type: "application/json",
    renderer: Renderer::Reports(ReportRenderer { report, component }),
    content_security_policy: None,
    degraded_succeeds: false,
};

/// More bytes than most components need.
const BYTES_FOR_COMPONENT: usize = 192;
const BYTES_FOR_HEAD: usize = 128;

impl Report {
    /// Returns the report as JSON in one line. Reports of the same results share most of it, so all
    /// but the first cost little more than a copy.
    ///
    /// These are the bytes of `serde_json::to_vec`, except that numbers below 0.00001 and down to
    /// 0.000000001, positive or negative, are written without an exponent. The `response_time` of a
    /// fast check is `0.000000234`, not `2.34e-7`.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # use panopticon::{CheckOptions, Health, Panopticon};
    /// use std::time::Duration;
    ///
    /// let health = Panopticon::empty()
    ///     .check("disk", CheckOptions::new(), || async {
    ///         Health::healthy("writable").response_time(Duration::from_nanos(234))
    ///     })
    ///     .build()?;
    /// let json = String::from_utf8(health.report().await.to_json())?;
    /// assert!(json.contains(r#""response_time":0.000000234,"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let components = shared(self.shared_components());
        let mut json = head(self, components.len());
        json.extend_from_slice(components);
        json
    }
}

/// Returns a report, a component or any other answer as JSON.
#[cfg(feature = "http")]
pub(crate) fn to_vec(value: &impl Serialize, pretty: bool) -> Vec<u8> {
    let mut json = Vec::with_capacity(BYTES_FOR_COMPONENT);
    if pretty {
        write(&mut json, value, serde_json::ser::PrettyFormatter::new());
    } else {
        write(&mut json, value, CompactFormatter);
    }
    json
}

#[cfg(feature = "http")]
fn component(component: &Component, context: RenderContext<'_>) -> Rendered {
    to_vec(component, context.pretty).into()
}

/// Writes a report in two pieces. Reports of the same results share the second piece.
#[cfg(feature = "http")]
fn report(report: &Report, context: RenderContext<'_>) -> Rendered {
    use std::sync::Arc;

    use bytes::Bytes;

    struct SharedComponents(Arc<ComponentList>);

    impl AsRef<[u8]> for SharedComponents {
        fn as_ref(&self) -> &[u8] {
            shared(&self.0)
        }
    }

    if context.pretty {
        return to_vec(report, true).into();
    }
    let rest = SharedComponents(Arc::clone(report.shared_components()));
    Rendered { head: head(report, 0).into(), rest: Bytes::from_owner(rest) }
}

/// Returns the JSON of a report up to its components, with room for more.
fn head(report: &Report, room: usize) -> Vec<u8> {
    let mut json = Vec::with_capacity(BYTES_FOR_HEAD + room);
    write_before(&mut json, &Summary(report), keys::report::COMPONENTS);
    json
}

/// Writes an object up to the value of one more key.
pub(super) fn write_before(json: &mut Vec<u8>, object: &impl Serialize, last_key: &str) {
    write(json, object, CompactFormatter);
    json.pop();
    for part in [",\"", last_key, "\":"] {
        json.extend_from_slice(part.as_bytes());
    }
}

/// Returns the JSON of the components, and the brace that ends the report.
fn shared(components: &ComponentList) -> &[u8] {
    components.json(|| {
        let mut json = Vec::with_capacity(2 + BYTES_FOR_COMPONENT * components.iter().len());
        write(&mut json, components, CompactFormatter);
        json.push(b'}');
        json
    })
}

fn write(json: &mut Vec<u8>, value: &impl Serialize, formatter: impl Formatter) {
    let mut serializer = Serializer::with_formatter(json, DecimalNotation(formatter));
    // Cannot fail: a `Vec` accepts every byte, and reports have only keys and values that JSON has.
    let _ = value.serialize(&mut serializer);
}

/// A formatter that writes small numbers without an exponent, down to a nanosecond in seconds, and
/// everything else as another formatter does.
struct DecimalNotation<F>(F);

macro_rules! forward {
    ($($method:ident($($argument:ident: $type:ty)?);)*) => {
        $(fn $method<W: io::Write + ?Sized>(
            &mut self,
            writer: &mut W,
            $($argument: $type,)?
        ) -> io::Result<()> {
            self.0.$method(writer, $($argument)?)
        })*
    };
}

impl<F: Formatter> Formatter for DecimalNotation<F> {
    fn write_f64<W: io::Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        if (1e-9..1e-5).contains(&value.abs()) {
            write!(writer, "{value}")
        } else {
            self.0.write_f64(writer, value)
        }
    }

    // These are the methods in which `PrettyFormatter` differs from the default.
    forward! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        begin_object_value();
        end_object_value();
    }
}
