//! The grammar of `#[healthcheck(…)]`.

use std::time::Duration;

use proc_macro2::{Ident, Punct, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{LitBool, LitInt, LitStr, Path, bracketed};

use super::problem::Problems;
use crate::{duration, name};

/// The options as written: each well formed by itself, none of them twice.
#[derive(Default)]
pub(super) struct RawArgs {
    pub(super) options: Vec<RawOption>,
    /// Every known key, those with a malformed value among them.
    keys: Vec<&'static str>,
}

/// A well-formed option.
pub(super) struct RawOption {
    pub(super) key: &'static str,
    pub(super) value: Value,
}

/// What an option was set to.
pub(super) enum Value {
    Name(String),
    Duration(Duration),
    Flag(bool),
    Tags(Vec<String>),
    Path(Path),
    /// A count; no option of this version keeps it.
    Count,
    /// A bare word says all with its key.
    Word,
}

/// One option: its key, and its use as errors show it.
struct Form {
    key: &'static str,
    usage: &'static str,
    takes: Takes,
    /// Whether this version does what the option says. Accepting one that does nothing would leave
    /// a check unprotected that its author believes protected.
    works: bool,
}

#[derive(Clone, Copy)]
enum Takes {
    Name,
    /// A duration; zero only where it means something.
    Duration {
        zero: bool,
    },
    Count,
    Flag,
    Tags,
    Path,
    Word,
}

const fn form(key: &'static str, usage: &'static str, takes: Takes, works: bool) -> Form {
    Form { key, usage, takes, works }
}

const GRAMMAR: [Form; 13] = [
    form("name", "name = \"database\"", Takes::Name, true),
    form("timeout", "timeout = \"2s\"", Takes::Duration { zero: false }, true),
    form("cache", "cache = \"1s\"", Takes::Duration { zero: true }, false),
    form("interval", "interval = \"30s\"", Takes::Duration { zero: false }, false),
    form("initial_delay", "initial_delay = \"5s\"", Takes::Duration { zero: true }, false),
    form("failure_threshold", "failure_threshold = 3", Takes::Count, false),
    form("success_threshold", "success_threshold = 1", Takes::Count, false),
    form("critical", "critical = false", Takes::Flag, true),
    form("tags", "tags = [\"queue\"]", Takes::Tags, true),
    form("liveness", "liveness", Takes::Word, false),
    form("readiness", "readiness", Takes::Word, false),
    form("startup", "startup", Takes::Word, false),
    form("crate", "crate = renamed::panopticon", Takes::Path, true),
];

/// Options that contradict each other, and why.
const CONTRADICTIONS: [(&str, &str, &str); 4] = [
    ("liveness", "readiness", "write one function for each probe"),
    ("liveness", "startup", "write one function for each probe"),
    ("readiness", "startup", "write one function for each probe"),
    ("cache", "interval", "between its runs a check with an interval always answers from memory"),
];

impl RawArgs {
    /// Reads the options one by one; a malformed one does not hide the mistakes of the next.
    pub(super) fn parse(args: TokenStream, problems: &mut Problems) -> Self {
        let mut parsed = Self::default();
        for (tokens, comma) in split_at_commas(args) {
            match (<[TokenTree]>::split_first(&tokens), comma) {
                (Some((key, value)), _) => parsed.parse_option(key, value, problems),
                (None, Some(comma)) => {
                    problems.push(comma, "have an option before this comma; remove the comma");
                }
                (None, None) => {}
            }
        }
        parsed
    }

    /// Whether the option of this key was written, be it malformed.
    pub(super) fn mentions(&self, key: &str) -> bool {
        self.keys.contains(&key)
    }

    fn parse_option(&mut self, key: &TokenTree, value: &[TokenTree], problems: &mut Problems) {
        let TokenTree::Ident(key) = key else {
            problems.push(key, format!("have options by their names; they are {}", usages()));
            return;
        };
        let Some(form) = GRAMMAR.iter().find(|form| key == form.key) else {
            problems.push(key, format!("not have an option `{key}`; there are {}", usages()));
            return;
        };
        if self.mentions(form.key) {
            problems.push(key, format!("set `{key}` once; remove one of the two"));
            return;
        }
        if !form.works {
            problems.push(
                key,
                format!(
                    "not set `{key}`, which this version of panopticon cannot do; leave it out"
                ),
            );
        }
        self.refuse_contradictions(key, problems);
        self.keys.push(form.key);
        if let Some(value) = form.parse_value(key, value, problems) {
            self.options.push(RawOption { key: form.key, value });
        }
    }

    /// Refuses what contradicts an option before it.
    fn refuse_contradictions(&self, key: &Ident, problems: &mut Problems) {
        for (one, other, mend) in CONTRADICTIONS {
            if (key == one && self.mentions(other)) || (key == other && self.mentions(one)) {
                problems.push(key, format!("not set both `{one}` and `{other}`; {mend}"));
            }
        }
    }
}

impl Form {
    fn parse_value(
        &self,
        key: &Ident,
        tokens: &[TokenTree],
        problems: &mut Problems,
    ) -> Option<Value> {
        let usage = self.usage;
        if let Takes::Word = self.takes {
            let Some(extra) = tokens.first() else {
                return Some(Value::Word);
            };
            problems.push(extra, format!("give `{key}` no value; write `{usage}`"));
            return None;
        }
        let value = match tokens.split_first() {
            Some((TokenTree::Punct(equals), value)) if equals.as_char() == '=' => value,
            Some((other, _)) => {
                problems.push(other, format!("give `{key}` a value after `=`; write `{usage}`"));
                return None;
            }
            None => &[],
        };
        if value.is_empty() {
            problems.push(key, format!("give `{key}` a value; write `{usage}`"));
            return None;
        }
        let value = before_missing_comma(key, value, problems).iter().cloned().collect();
        match self.takes {
            Takes::Name => parse_name(value, problems).map(Value::Name),
            Takes::Duration { zero } => {
                self.parse_duration(value, zero, problems).map(Value::Duration)
            }
            Takes::Count => self.parse_count(value, problems),
            Takes::Flag => self.parse_flag(value, problems).map(Value::Flag),
            Takes::Tags => self.parse_tags(value, problems).map(Value::Tags),
            Takes::Path => self.parse_path(value, problems).map(Value::Path),
            Takes::Word => Some(Value::Word),
        }
    }

    fn parse_duration(
        &self,
        value: TokenStream,
        zero: bool,
        problems: &mut Problems,
    ) -> Option<Duration> {
        let Self { key, usage, .. } = self;
        let Some(text) = plain_text(value.clone()) else {
            problems.push(value, format!("give `{key}` a duration in quotes; write `{usage}`"));
            return None;
        };
        let written = text.value();
        match duration::read(&written) {
            Ok(duration) if zero || duration::is_timeout(duration) => Some(duration),
            Ok(_) => {
                problems.push(text, format!("give `{key}` more than zero; write `{usage}`"));
                None
            }
            Err(rule) => {
                problems.push(text, format!("give `{key}` {rule}; write `{usage}`"));
                None
            }
        }
    }

    fn parse_count(&self, value: TokenStream, problems: &mut Problems) -> Option<Value> {
        let count =
            syn::parse2::<LitInt>(value.clone()).and_then(|count| count.base10_parse::<u32>());
        if count.is_ok_and(|count| count > 0) {
            return Some(Value::Count);
        }
        let Self { key, usage, .. } = self;
        problems.push(value, format!("give `{key}` a whole number from 1; write `{usage}`"));
        None
    }

    fn parse_flag(&self, value: TokenStream, problems: &mut Problems) -> Option<bool> {
        if let Ok(flag) = syn::parse2::<LitBool>(value.clone()) {
            return Some(flag.value);
        }
        let Self { key, usage, .. } = self;
        problems.push(value, format!("give `{key}` true or false; write `{usage}`"));
        None
    }

    fn parse_path(&self, value: TokenStream, problems: &mut Problems) -> Option<Path> {
        if let Ok(path) = Path::parse_mod_style.parse2(value.clone()) {
            return Some(path);
        }
        let Self { key, usage, .. } = self;
        problems.push(
            value,
            format!(
                "give `{key}` the path of a crate, without quotes or parameters; write `{usage}`"
            ),
        );
        None
    }

    fn parse_tags(&self, value: TokenStream, problems: &mut Problems) -> Option<Vec<String>> {
        let Self { key, usage, .. } = self;
        let Some(elements) = elements(value.clone()) else {
            problems
                .push(value, format!("give `{key}` a list of texts in brackets; write `{usage}`"));
            return None;
        };
        let mut tags = Vec::new();
        for (element, comma) in split_at_commas(elements) {
            if let [TokenTree::Literal(_), next @ TokenTree::Literal(_), ..] = element.as_slice() {
                problems.push(next, "have a comma between two tags; write one before this");
                continue;
            }
            let element: TokenStream = element.into_iter().collect();
            if element.is_empty() {
                if let Some(comma) = comma {
                    problems.push(comma, "have a tag before this comma; remove the comma");
                }
                continue;
            }
            let Some(literal) = plain_text(element.clone()) else {
                problems.push(element, format!("give `{key}` texts in quotes; write `{usage}`"));
                continue;
            };
            let tag = literal.value();
            if !name::is_tag(&tag) {
                problems.push(
                    literal,
                    format!(
                        "not have the tag {tag:?}; write 1 to {} ASCII letters, digits and \
                         `_ . - : /`",
                        name::MAX_LENGTH
                    ),
                );
            } else if tags.contains(&tag) {
                problems.push(literal, format!("have the tag `{tag}` once; remove one of the two"));
            } else {
                tags.push(tag);
            }
        }
        Some(tags)
    }
}

/// The value alone, where the comma behind it was forgotten.
fn before_missing_comma<'a>(
    key: &Ident,
    value: &'a [TokenTree],
    problems: &mut Problems,
) -> &'a [TokenTree] {
    // Between two operands stands an operator, but for a forgotten comma.
    let is_operand = |token: &TokenTree| !matches!(token, TokenTree::Punct(_));
    let place = |token: &TokenTree| match token {
        TokenTree::Ident(_) => Some("before"),
        TokenTree::Punct(semicolon) if semicolon.as_char() == ';' => Some("in place of"),
        _ => None,
    };
    for (position, pair) in value.windows(2).enumerate() {
        if let (true, Some(place)) = (is_operand(&pair[0]), place(&pair[1])) {
            problems.push(
                &pair[1],
                format!("have a comma after the value of `{key}`; write one {place} this"),
            );
            return &value[..=position];
        }
    }
    value
}

fn parse_name(value: TokenStream, problems: &mut Problems) -> Option<String> {
    let Some(literal) = plain_text(value.clone()) else {
        problems.push(value, "have its name in quotes; write `name = \"database\"`");
        return None;
    };
    let name = literal.value();
    match name::check_name(&name) {
        Ok(()) => Some(name),
        Err(rule) => {
            problems.push(literal, rule.to_string());
            None
        }
    }
}

/// A string literal without a suffix.
fn plain_text(value: TokenStream) -> Option<LitStr> {
    syn::parse2::<LitStr>(value).ok().filter(|literal| literal.suffix().is_empty())
}

/// What stands in brackets.
fn elements(value: TokenStream) -> Option<TokenStream> {
    let in_brackets = |input: ParseStream<'_>| {
        let elements;
        bracketed!(elements in input);
        elements.parse()
    };
    in_brackets.parse2(value).ok()
}

/// What stands between commas, each with the comma behind it.
fn split_at_commas(tokens: TokenStream) -> Vec<(Vec<TokenTree>, Option<Punct>)> {
    let mut parts = Vec::new();
    let mut current = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => {
                parts.push((std::mem::take(&mut current), Some(comma)));
            }
            token => current.push(token),
        }
    }
    parts.push((current, None));
    parts
}

/// Every option that works, as errors list them.
fn usages() -> String {
    let usages: Vec<String> =
        GRAMMAR.iter().filter(|form| form.works).map(|form| format!("`{}`", form.usage)).collect();
    usages.join(", ")
}
