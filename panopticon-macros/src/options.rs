//! The grammar of the options that `#[healthcheck(…)]` and `collection!(…)` take.

use std::time::Duration;

use proc_macro2::{Ident, Punct, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{LitBool, LitInt, LitStr, Path, bracketed};

use crate::duration;
use crate::name::{self, NameRule};
use crate::problem::Problems;

/// The options as written: each well formed by itself, none of them twice.
#[derive(Default)]
pub(crate) struct RawOptions {
    pub(crate) name: Option<LitStr>,
    pub(crate) defaults: Defaults,
    /// The way to panopticon, where it is not `::panopticon`.
    pub(crate) krate: Option<Path>,
    /// Whether something was written that is no option.
    pub(crate) is_misread: bool,
    /// Every known key, those with a malformed value among them.
    keys: Vec<&'static str>,
}

/// The options that a check has or inherits.
#[derive(Default)]
pub(crate) struct Defaults {
    pub(crate) timeout: Option<Duration>,
    pub(crate) critical: Option<bool>,
    pub(crate) tags: Option<Vec<String>>,
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

/// What one macro takes of the grammar.
pub(crate) struct Accepted {
    keys: fn(&str) -> bool,
    check_name: fn(&str) -> Result<(), NameRule>,
}

/// What `#[healthcheck(…)]` takes: all of it.
pub(crate) const OF_HEALTH_CHECK: Accepted =
    Accepted { keys: |_| true, check_name: name::check_component };

/// What `collection!(…)` takes: its name, and what checks can inherit.
pub(crate) const OF_COLLECTION: Accepted = Accepted {
    keys: |key| matches!(key, "name" | "timeout" | "cache" | "critical" | "tags" | "crate"),
    check_name: name::check_collection,
};

impl RawOptions {
    /// Reads the options one by one; a malformed one does not hide the mistakes of the next.
    pub(crate) fn parse(args: TokenStream, accepted: &Accepted, problems: &mut Problems) -> Self {
        let mut parsed = Self::default();
        for (tokens, comma) in split_at_commas(args) {
            match (<[TokenTree]>::split_first(&tokens), comma) {
                (Some((key, value)), _) => parsed.parse_option(key, value, accepted, problems),
                (None, Some(comma)) => {
                    problems.push(comma, "have an option before this comma; remove the comma");
                }
                (None, None) => {}
            }
        }
        parsed
    }

    /// Whether the option of this key was written, be it malformed.
    pub(crate) fn mentions(&self, key: &str) -> bool {
        self.keys.contains(&key)
    }

    fn parse_option(
        &mut self,
        key: &TokenTree,
        value: &[TokenTree],
        accepted: &Accepted,
        problems: &mut Problems,
    ) {
        let TokenTree::Ident(key) = key else {
            self.is_misread = true;
            let usages = usages(accepted);
            problems.push(key, format!("have options by their names; they are {usages}"));
            return;
        };
        let known = GRAMMAR.iter().find(|form| key == form.key);
        let Some(form) = known.filter(|form| (accepted.keys)(form.key)) else {
            self.is_misread = true;
            let usages = usages(accepted);
            let rule = match known {
                Some(form) => format!(
                    "not set `{key}`, which is each health check's own; write \
                     `#[healthcheck({})]`, or here {usages}",
                    form.usage
                ),
                None => format!("not have an option `{key}`; there are {usages}"),
            };
            problems.push(key, rule);
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
        self.parse_value(form, key, value, accepted, problems);
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

impl RawOptions {
    fn parse_value(
        &mut self,
        form: &Form,
        key: &Ident,
        tokens: &[TokenTree],
        accepted: &Accepted,
        problems: &mut Problems,
    ) {
        let Some(value) = form.value_behind_equals(key, tokens, problems) else {
            return;
        };
        match form.takes {
            Takes::Name => self.name = form.parse_name(value, accepted, problems),
            Takes::Duration { zero } => {
                let duration = form.parse_duration(value, zero, problems);
                if form.key == "timeout" {
                    self.defaults.timeout = duration;
                }
            }
            Takes::Count => form.parse_count(value, problems),
            Takes::Flag => self.defaults.critical = form.parse_flag(value, problems),
            Takes::Tags => self.defaults.tags = form.parse_tags(value, problems),
            Takes::Path => self.krate = form.parse_path(value, problems),
            Takes::Word => {}
        }
    }
}

impl Form {
    /// The value's tokens, of which there are none for a word.
    fn value_behind_equals(
        &self,
        key: &Ident,
        tokens: &[TokenTree],
        problems: &mut Problems,
    ) -> Option<TokenStream> {
        let usage = self.usage;
        if let Takes::Word = self.takes {
            if let Some(extra) = tokens.first() {
                problems.push(extra, format!("give `{key}` no value; write `{usage}`"));
            }
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
        Some(before_missing_comma(key, value, problems).iter().cloned().collect())
    }

    fn parse_name(
        &self,
        value: TokenStream,
        accepted: &Accepted,
        problems: &mut Problems,
    ) -> Option<LitStr> {
        let Some(literal) = plain_text(value.clone()) else {
            problems.push(value, format!("have its name in quotes; write `{}`", self.usage));
            return None;
        };
        match (accepted.check_name)(&literal.value()) {
            Ok(()) => Some(literal),
            Err(rule) => {
                problems.push(literal, rule.to_string());
                None
            }
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

    fn parse_count(&self, value: TokenStream, problems: &mut Problems) {
        let count =
            syn::parse2::<LitInt>(value.clone()).and_then(|count| count.base10_parse::<u32>());
        if !count.is_ok_and(|count| count > 0) {
            let Self { key, usage, .. } = self;
            problems.push(value, format!("give `{key}` a whole number from 1; write `{usage}`"));
        }
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
pub(crate) fn split_at_commas(tokens: TokenStream) -> Vec<(Vec<TokenTree>, Option<Punct>)> {
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

/// Every option that is taken and works, as errors list them.
fn usages(accepted: &Accepted) -> String {
    let usages: Vec<String> = GRAMMAR
        .iter()
        .filter(|form| form.works && (accepted.keys)(form.key))
        .map(|form| format!("`{}`", form.usage))
        .collect();
    usages.join(", ")
}
