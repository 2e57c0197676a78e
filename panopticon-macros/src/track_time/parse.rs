//! The arguments of `#[track_time(…)]`: a metric's name, then options.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Path, parenthesized};

use crate::arguments::{crate_path, list, plain_text, split_at_commas, value_after_equals};
use crate::errors::{Errors, did_you_mean};
use crate::metric::{self, MetricRule};

/// The arguments as written: each well formed, none of them twice.
#[derive(Default)]
pub(super) struct RawArgs {
    pub(super) name: Option<LitStr>,
    pub(super) unit: Option<Unit>,
    pub(super) tags: Vec<Tag>,
    /// The path to panopticon, if it is not `::panopticon`.
    pub(super) krate: Option<Path>,
    /// Whether there is a name, even if it is malformed.
    pub(super) mentions_name: bool,
    /// Every known key, even if its value is malformed.
    keys: Vec<Ident>,
}

/// The unit that the time is recorded in.
#[derive(Clone, Copy, Default)]
pub(super) enum Unit {
    Seconds,
    #[default]
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

/// A key and a value.
pub(super) struct Tag {
    pub(super) key: LitStr,
    pub(super) value: LitStr,
}

const NAME: &str = "#[track_time(\"orders.import\")]";
const UNIT: &str = "unit = \"ms\"";
const TAGS: &str = "tags = [(\"kind\", \"book\")]";
const CRATE: &str = "crate = renamed::panopticon";

const UNITS: [(&str, Unit); 4] = [
    ("s", Unit::Seconds),
    ("ms", Unit::Milliseconds),
    ("us", Unit::Microseconds),
    ("ns", Unit::Nanoseconds),
];

impl RawArgs {
    /// Reads the arguments one by one.
    pub(super) fn parse(args: TokenStream, errors: &mut Errors) -> Self {
        let mut parsed = Self::default();
        for (position, (tokens, comma)) in split_at_commas(args).into_iter().enumerate() {
            match (<[TokenTree]>::split_first(&tokens), comma) {
                (Some((TokenTree::Ident(key), value)), _) => {
                    parsed.parse_option(key, value, errors);
                }
                (Some((first, rest)), _) => parsed.parse_name(position, first, rest, errors),
                (None, Some(comma)) => {
                    errors.push(
                        comma,
                        "have a name or an option before this comma; remove the comma",
                    );
                }
                (None, None) => {}
            }
        }
        parsed
    }

    fn parse_name(
        &mut self,
        position: usize,
        first: &TokenTree,
        rest: &[TokenTree],
        errors: &mut Errors,
    ) {
        if self.mentions_name {
            errors.push(first, "have one metric name; remove this one");
            return;
        }
        self.mentions_name = true;
        if position > 0 {
            errors.push(first, "have its metric name first; write it before the options");
            return;
        }
        let Some(name) = plain_text(first.clone().into()) else {
            errors.push(first, format!("have its metric name in quotes; write `{NAME}`"));
            return;
        };
        match metric::check_name(&name.value()) {
            Ok(()) => self.name = Some(name),
            Err(rule) => errors.push(name, broken_name(&rule)),
        }
        if let Some(next) = rest.first() {
            errors.push(next, "have a comma after its metric name; write one before this");
        }
    }

    fn parse_option(&mut self, key: &Ident, value: &[TokenTree], errors: &mut Errors) {
        let usage = match key.to_string().as_str() {
            "unit" => UNIT,
            "tags" => TAGS,
            "crate" => CRATE,
            _ => {
                errors.push(
                    key,
                    format!(
                        "not have an option `{key}`; {}the known ones are `{UNIT}`, `{TAGS}`, \
                         `{CRATE}`, after the metric's name alone, as in `{NAME}`",
                        did_you_mean(&key.to_string(), ["unit", "tags", "crate"])
                    ),
                );
                return;
            }
        };
        if self.keys.contains(key) {
            errors.push(key, format!("set `{key}` once; remove one of the two"));
            return;
        }
        self.keys.push(key.clone());
        let Some(value) = value_after_equals(key, usage, value, errors) else {
            return;
        };
        match usage {
            UNIT => self.unit = parse_unit(value, errors),
            TAGS => self.tags = parse_tags(value, errors),
            _ => self.krate = crate_path("crate", CRATE, value, errors),
        }
    }
}

/// Returns the rule, and what to write instead.
pub(super) fn broken_name(rule: &MetricRule) -> String {
    format!("{rule}; write another one, as in `{NAME}`")
}

fn parse_unit(value: TokenStream, errors: &mut Errors) -> Option<Unit> {
    let written = plain_text(value.clone()).map(|unit| unit.value());
    let unit = written.and_then(|written| UNITS.iter().find(|(unit, _)| *unit == written));
    if unit.is_none() {
        errors.push(
            value,
            format!("give `unit` one of \"s\", \"ms\", \"us\" and \"ns\"; write `{UNIT}`"),
        );
    }
    unit.map(|(_, unit)| *unit)
}

fn parse_tags(value: TokenStream, errors: &mut Errors) -> Vec<Tag> {
    let mut tags: Vec<Tag> = Vec::new();
    for element in
        list("tags", TAGS, value, ["pairs of texts", "a tag"], errors).unwrap_or_default()
    {
        let Some(tag) = pair(element.clone()) else {
            errors.push(
                element,
                format!("give `tags` pairs of a key and a value in quotes; write `{TAGS}`"),
            );
            continue;
        };
        if refuse_tag(&tag, errors) {
            continue;
        }
        let key = tag.key.value();
        if tags.iter().any(|known| known.key.value() == key) {
            errors.push(tag.key, format!("have the tag key `{key}` once; remove one of the two"));
        } else {
            tags.push(tag);
        }
    }
    tags
}

/// Returns whether the tag breaks a rule, and adds the error.
fn refuse_tag(tag: &Tag, errors: &mut Errors) -> bool {
    let Tag { key, value } = tag;
    let (key_text, value_text) = (key.value(), value.value());
    let broken = [
        (key, metric::check_tag_key(&key_text).err()),
        (value, metric::check_tag_value(&value_text).err()),
    ];
    let mut is_refused = false;
    for (literal, rule) in broken {
        if let Some(rule) = rule {
            is_refused = true;
            errors.push(literal, format!("{rule}; write `{TAGS}`, for example"));
        }
    }
    if let (false, Err(rule)) = (is_refused, metric::check_tag_length(&key_text, &value_text)) {
        is_refused = true;
        // The longer one can be shortened.
        let longer = if key_text.len() > value_text.len() { key } else { value };
        errors.push(longer, format!("{rule}; write a shorter one"));
    }
    is_refused
}

/// Reads `("key", "value")`.
fn pair(element: TokenStream) -> Option<Tag> {
    let inside = |input: ParseStream<'_>| {
        let inside;
        parenthesized!(inside in input);
        inside.parse::<TokenStream>()
    };
    let parts = split_at_commas(inside.parse2(element).ok()?);
    let mut texts = parts.into_iter().map(|(part, _)| part).collect::<Vec<_>>();
    // There may be a comma after the value.
    if texts.last().is_some_and(Vec::is_empty) {
        texts.pop();
    }
    let [key, value] = <[_; 2]>::try_from(texts).ok()?;
    let text = |part: Vec<TokenTree>| plain_text(part.into_iter().collect());
    Some(Tag { key: text(key)?, value: text(value)? })
}
