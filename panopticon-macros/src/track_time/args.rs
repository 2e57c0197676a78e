//! The grammar of what `#[track_time(…)]` takes: a metric's name, then options.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Path, parenthesized};

use crate::metric::{self, MetricRule};
use crate::options::{crate_path, list, plain_text, split_at_commas, value_behind_equals};
use crate::problem::Problems;

/// What was written: each part well formed by itself, none of them twice.
#[derive(Default)]
pub(super) struct RawArgs {
    pub(super) name: Option<LitStr>,
    pub(super) unit: Option<Unit>,
    pub(super) tags: Vec<Tag>,
    /// The way to panopticon, where it is not `::panopticon`.
    pub(super) krate: Option<Path>,
    /// Whether there is a name, be it malformed.
    pub(super) mentions_name: bool,
    /// Every known key, those with a malformed value among them.
    keys: Vec<Ident>,
}

/// What the time is measured in.
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
    /// Reads the parts one by one; a malformed one does not hide the mistakes of the next.
    pub(super) fn parse(args: TokenStream, problems: &mut Problems) -> Self {
        let mut parsed = Self::default();
        for (position, (tokens, comma)) in split_at_commas(args).into_iter().enumerate() {
            match (<[TokenTree]>::split_first(&tokens), comma) {
                (Some((TokenTree::Ident(key), value)), _) => {
                    parsed.parse_option(key, value, problems);
                }
                (Some((first, rest)), _) => parsed.parse_name(position, first, rest, problems),
                (None, Some(comma)) => {
                    problems.push(
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
        problems: &mut Problems,
    ) {
        if self.mentions_name {
            problems.push(first, "have one metric name; remove this one");
            return;
        }
        self.mentions_name = true;
        if position > 0 {
            problems.push(first, "have its metric name first; write it before the options");
            return;
        }
        let Some(name) = plain_text(first.clone().into()) else {
            problems.push(first, format!("have its metric name in quotes; write `{NAME}`"));
            return;
        };
        match metric::check_name(&name.value()) {
            Ok(()) => self.name = Some(name),
            Err(rule) => problems.push(name, broken_name(&rule)),
        }
        if let Some(next) = rest.first() {
            problems.push(next, "have a comma after its metric name; write one before this");
        }
    }

    fn parse_option(&mut self, key: &Ident, value: &[TokenTree], problems: &mut Problems) {
        let usage = match key.to_string().as_str() {
            "unit" => UNIT,
            "tags" => TAGS,
            "crate" => CRATE,
            _ => {
                problems.push(
                    key,
                    format!(
                        "not have an option `{key}`; there are the metric's name alone, as in \
                         `{NAME}`, and `{UNIT}`, `{TAGS}`, `{CRATE}`"
                    ),
                );
                return;
            }
        };
        if self.keys.contains(key) {
            problems.push(key, format!("set `{key}` once; remove one of the two"));
            return;
        }
        self.keys.push(key.clone());
        let Some(value) = value_behind_equals(key, usage, value, problems) else {
            return;
        };
        match usage {
            UNIT => self.unit = parse_unit(value, problems),
            TAGS => self.tags = parse_tags(value, problems),
            _ => self.krate = crate_path("crate", CRATE, value, problems),
        }
    }
}

/// The rule, and what to write instead.
pub(super) fn broken_name(rule: &MetricRule) -> String {
    format!("{rule}; write another one, as in `{NAME}`")
}

fn parse_unit(value: TokenStream, problems: &mut Problems) -> Option<Unit> {
    let written = plain_text(value.clone()).map(|unit| unit.value());
    let unit = written.and_then(|written| UNITS.iter().find(|(unit, _)| *unit == written));
    if unit.is_none() {
        problems.push(
            value,
            format!("give `unit` one of \"s\", \"ms\", \"us\" and \"ns\"; write `{UNIT}`"),
        );
    }
    unit.map(|(_, unit)| *unit)
}

fn parse_tags(value: TokenStream, problems: &mut Problems) -> Vec<Tag> {
    let mut tags: Vec<Tag> = Vec::new();
    for element in
        list("tags", TAGS, value, ["pairs of texts", "a tag"], problems).unwrap_or_default()
    {
        let Some(tag) = pair(element.clone()) else {
            problems.push(
                element,
                format!(
                    "give `tags` keys and values in quotes, each two in parentheses; write `{TAGS}`"
                ),
            );
            continue;
        };
        if refuse_tag(&tag, problems) {
            continue;
        }
        let key = tag.key.value();
        if tags.iter().any(|known| known.key.value() == key) {
            problems.push(tag.key, format!("have the tag key `{key}` once; remove one of the two"));
        } else {
            tags.push(tag);
        }
    }
    tags
}

/// Whether the tag breaks a rule, which is then among the problems.
fn refuse_tag(tag: &Tag, problems: &mut Problems) -> bool {
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
            problems.push(literal, format!("{rule}; write for instance `{TAGS}`"));
        }
    }
    if let (false, Err(rule)) = (is_refused, metric::check_tag_length(&key_text, &value_text)) {
        is_refused = true;
        // Of the two, the one that is rather to be shortened.
        let longer = if key_text.len() > value_text.len() { key } else { value };
        problems.push(longer, format!("{rule}; write a shorter one"));
    }
    is_refused
}

/// `("key", "value")`.
fn pair(element: TokenStream) -> Option<Tag> {
    let inside = |input: ParseStream<'_>| {
        let inside;
        parenthesized!(inside in input);
        inside.parse::<TokenStream>()
    };
    let parts = split_at_commas(inside.parse2(element).ok()?);
    let mut texts = parts.into_iter().map(|(part, _)| part).collect::<Vec<_>>();
    // A comma may stand behind the value.
    if texts.last().is_some_and(Vec::is_empty) {
        texts.pop();
    }
    let [key, value] = <[_; 2]>::try_from(texts).ok()?;
    let text = |part: Vec<TokenTree>| plain_text(part.into_iter().collect());
    Some(Tag { key: text(key)?, value: text(value)? })
}
