//! The grammar of the options that `#[healthcheck(…)]` and `collection!(…)` take.

mod value;

use std::time::Duration;

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{LitStr, Path};

use crate::name::{self, NameRule};
use crate::problem::Problems;

pub(crate) use self::value::{crate_path, list, plain_text, split_at_commas, value_behind_equals};

/// The options as written: each well formed by itself, none of them twice.
#[derive(Default)]
pub(crate) struct RawOptions {
    pub(crate) name: Option<LitStr>,
    pub(crate) options: Options,
    /// The functions without which this one is not run.
    pub(crate) depends_on: Vec<Path>,
    /// The way to panopticon, where it is not `::panopticon`.
    pub(crate) krate: Option<Path>,
    /// Whether something was written that is no option.
    pub(crate) is_misread: bool,
    /// Every known key, those with a malformed value among them.
    keys: Vec<Ident>,
}

/// The options of a check, its own or inherited.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) timeout: Option<Duration>,
    pub(crate) cache: Option<Duration>,
    pub(crate) interval: Option<Duration>,
    pub(crate) initial_delay: Option<Duration>,
    pub(crate) failure_threshold: Option<u32>,
    pub(crate) success_threshold: Option<u32>,
    pub(crate) critical: Option<bool>,
    pub(crate) tags: Option<Vec<String>>,
    pub(crate) probe: Option<Probe>,
}

/// The probe that a check answers, where it says so.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Probe {
    Liveness,
    Readiness,
    Startup,
}

/// One option: its key, and its use as errors show it.
struct Form {
    key: &'static str,
    usage: &'static str,
    takes: Takes,
}

/// What stands behind the key, and which option it sets.
#[derive(Clone, Copy)]
enum Takes {
    Name,
    /// A duration; zero only where it means something.
    Duration {
        zero: bool,
        set: fn(&mut Options) -> &mut Option<Duration>,
    },
    Count {
        set: fn(&mut Options) -> &mut Option<u32>,
    },
    Flag,
    Tags,
    Functions,
    Path,
    Word(Probe),
}

const fn form(key: &'static str, usage: &'static str, takes: Takes) -> Form {
    Form { key, usage, takes }
}

const fn duration(
    key: &'static str,
    usage: &'static str,
    zero: bool,
    set: fn(&mut Options) -> &mut Option<Duration>,
) -> Form {
    form(key, usage, Takes::Duration { zero, set })
}

const GRAMMAR: [Form; 14] = [
    form("name", "name = \"database\"", Takes::Name),
    duration("timeout", "timeout = \"2s\"", false, |options| &mut options.timeout),
    duration("cache", "cache = \"1s\"", true, |options| &mut options.cache),
    duration("interval", "interval = \"30s\"", false, |options| &mut options.interval),
    duration("initial_delay", "initial_delay = \"5s\"", true, |options| &mut options.initial_delay),
    form(
        "failure_threshold",
        "failure_threshold = 3",
        Takes::Count { set: |options| &mut options.failure_threshold },
    ),
    form(
        "success_threshold",
        "success_threshold = 1",
        Takes::Count { set: |options| &mut options.success_threshold },
    ),
    form("critical", "critical = false", Takes::Flag),
    form("tags", "tags = [\"queue\"]", Takes::Tags),
    form("depends_on", "depends_on = [orders::healthchecks::database]", Takes::Functions),
    form("liveness", "liveness", Takes::Word(Probe::Liveness)),
    form("readiness", "readiness", Takes::Word(Probe::Readiness)),
    form("startup", "startup", Takes::Word(Probe::Startup)),
    form("crate", "crate = renamed::panopticon", Takes::Path),
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
        if let Some(delay) = parsed.key("initial_delay").filter(|_| !parsed.mentions("interval")) {
            problems.push(
                delay,
                "have an `interval` where it has an `initial_delay`, for without one it is run \
                 when it is asked; write `interval = \"30s\"` beside it",
            );
        }
        parsed
    }

    /// Whether the option of this key was written, be it malformed.
    pub(crate) fn mentions(&self, key: &str) -> bool {
        self.key(key).is_some()
    }

    /// The key as written.
    fn key(&self, key: &str) -> Option<&Ident> {
        self.keys.iter().find(|written| *written == key)
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
        self.refuse_contradictions(key, problems);
        self.keys.push(key.clone());
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
            Takes::Duration { zero, set } => {
                *set(&mut self.options) = form.parse_duration(value, zero, problems);
            }
            Takes::Count { set } => *set(&mut self.options) = form.parse_count(value, problems),
            Takes::Flag => self.options.critical = form.parse_flag(value, problems),
            Takes::Tags => self.options.tags = form.parse_tags(value, problems),
            Takes::Functions => self.depends_on = form.parse_functions(value, problems),
            Takes::Path => self.krate = crate_path(form.key, form.usage, value, problems),
            Takes::Word(probe) => self.options.probe = Some(probe),
        }
    }
}

/// Every option that is taken, as errors list them.
fn usages(accepted: &Accepted) -> String {
    let usages: Vec<String> = GRAMMAR
        .iter()
        .filter(|form| (accepted.keys)(form.key))
        .map(|form| format!("`{}`", form.usage))
        .collect();
    usages.join(", ")
}
