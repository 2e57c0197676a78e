//! The options that `#[healthcheck(…)]` and `collection!(…)` take, in one table.

use crate::errors::did_you_mean;
use crate::name::{self, NameRule};

/// One option.
pub(super) struct KnownOption {
    /// Its key, which is also the name of the method of `CheckOptions` that sets it.
    pub(super) key: &'static str,
    /// How to write it, as errors show it.
    pub(super) usage: &'static str,
    pub(super) value: Value,
    /// Whether a collection has it too.
    in_collection: bool,
}

/// The value of an option.
#[derive(Clone, Copy)]
pub(super) enum Value {
    /// A component's or collection's name.
    Name,
    /// A duration, which may be zero only if that makes sense.
    Duration { may_be_zero: bool },
    /// A whole number from 1.
    Count,
    /// `true` or `false`.
    Flag,
    /// A list of tags.
    Tags,
    /// A list of paths to functions.
    Functions,
    /// The path to panopticon.
    Path,
    /// No value: the key alone names a variant of `Probe`.
    Probe(&'static str),
    /// No value: the key alone is the name of a method without arguments.
    Word,
}

const fn of_both(key: &'static str, usage: &'static str, value: Value) -> KnownOption {
    KnownOption { key, usage, value, in_collection: true }
}

const fn of_check(key: &'static str, usage: &'static str, value: Value) -> KnownOption {
    KnownOption { key, usage, value, in_collection: false }
}

const POSITIVE: Value = Value::Duration { may_be_zero: false };
const DURATION: Value = Value::Duration { may_be_zero: true };

/// The table, in the order in which errors list it.
static OPTIONS: [KnownOption; 17] = [
    of_both("name", "name = \"database\"", Value::Name),
    of_both("timeout", "timeout = \"2s\"", POSITIVE),
    of_both("cache", "cache = \"1s\"", DURATION),
    of_check("interval", "interval = \"30s\"", POSITIVE),
    of_check("initial_delay", "initial_delay = \"5s\"", DURATION),
    of_both("retry_interval", "retry_interval = \"5s\"", POSITIVE),
    of_check("failure_threshold", "failure_threshold = 3", Value::Count),
    of_check("success_threshold", "success_threshold = 1", Value::Count),
    of_both("critical", "critical = false", Value::Flag),
    of_both("tags", "tags = [\"queue\"]", Value::Tags),
    of_check("depends_on", "depends_on = [orders::healthchecks::database]", Value::Functions),
    of_both("if_provided", "if_provided", Value::Word),
    of_both("liveness", "liveness", Value::Probe("Liveness")),
    of_both("readiness", "readiness", Value::Probe("Readiness")),
    of_both("startup", "startup", Value::Probe("Startup")),
    of_both("no_probe", "no_probe", Value::Word),
    of_both("crate", "crate = renamed::panopticon", Value::Path),
];

const KEPT_OUT: &str = "remove one of the two, because `no_probe` keeps a check out of every probe";

/// Options that contradict each other, and what to do instead.
pub(super) const CONTRADICTIONS: [(&str, &str, &str); 5] = [
    ("no_probe", "liveness", KEPT_OUT),
    ("no_probe", "readiness", KEPT_OUT),
    ("no_probe", "startup", KEPT_OUT),
    (
        "if_provided",
        "liveness",
        "remove one of the two, because a liveness check takes no resource",
    ),
    (
        "cache",
        "interval",
        "remove one of the two, because a report always reads the last result of a check with an \
         interval",
    ),
];

/// The macro that takes the options.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Macro {
    HealthCheck,
    Collection,
}

impl Macro {
    /// Returns whether the macro takes this option.
    pub(super) fn takes(self, option: &KnownOption) -> bool {
        self == Self::HealthCheck || option.in_collection
    }

    /// Checks a name by the rule for what the macro names.
    pub(super) fn check_name(self, name: &str) -> Result<(), NameRule> {
        match self {
            Self::HealthCheck => name::check_component(name),
            Self::Collection => name::check_collection(name),
        }
    }

    /// Returns the question whether an option with a similar key was meant, if there is one.
    pub(super) fn key_meant_by(self, unknown: &str) -> String {
        let known = OPTIONS.iter().filter(|option| self.takes(option)).map(|option| option.key);
        did_you_mean(unknown, known)
    }

    /// Returns how to write every option that the macro takes, as errors list them.
    pub(super) fn usages(self) -> String {
        let usages: Vec<String> = OPTIONS
            .iter()
            .filter(|option| self.takes(option))
            .map(|option| format!("`{}`", option.usage))
            .collect();
        usages.join(", ")
    }
}

/// Returns the option of this key.
pub(super) fn find(key: &impl PartialEq<str>) -> Option<&'static KnownOption> {
    OPTIONS.iter().find(|option| *key == *option.key)
}
