//! The options that `#[healthcheck(…)]` and `collection!(…)` take.

mod grammar;
mod value;

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{LitStr, Path};

pub(crate) use self::grammar::Macro;
use self::grammar::{CONTRADICTIONS, KnownOption, Value};
use self::value::duration_as_tokens;
use crate::arguments::{crate_path, split_at_commas};
use crate::errors::Errors;
use crate::registration::private;

/// The options as written: each well formed, none of them twice.
#[derive(Default)]
pub(crate) struct RawOptions {
    pub(crate) name: Option<LitStr>,
    /// The functions that this one depends on.
    pub(crate) depends_on: Vec<Path>,
    /// The path to panopticon, if it is not `::panopticon`.
    pub(crate) krate: Option<Path>,
    /// All other options, each as a call of a method of `CheckOptions`.
    pub(crate) setters: Vec<TokenStream>,
    pub(crate) is_liveness: bool,
    /// Whether there is something that is not an option.
    pub(crate) is_misread: bool,
    /// Every known key, even if its value is malformed.
    keys: Vec<Ident>,
    interval: Option<Duration>,
    retry_interval: Option<Duration>,
}

impl RawOptions {
    /// Reads the options one by one.
    pub(crate) fn parse(args: TokenStream, of: Macro, errors: &mut Errors) -> Self {
        let mut parsed = Self::default();
        for (tokens, comma) in split_at_commas(args) {
            match (<[TokenTree]>::split_first(&tokens), comma) {
                (Some((key, value)), _) => parsed.parse_option(key, value, of, errors),
                (None, Some(comma)) => {
                    errors.push(comma, "have an option before this comma; remove the comma");
                }
                (None, None) => {}
            }
        }
        if of == Macro::HealthCheck {
            parsed.refuse_delay_or_retry_without_interval(errors);
        }
        parsed
    }

    /// Refuses an `initial_delay` or a `retry_interval` without an `interval`, and a
    /// `retry_interval` that is not shorter. Not for collections, which cannot have an `interval`.
    fn refuse_delay_or_retry_without_interval(&self, errors: &mut Errors) {
        for (key, with_article) in
            [("initial_delay", "an `initial_delay`"), ("retry_interval", "a `retry_interval`")]
        {
            if let Some(key) = self.key(key).filter(|_| !self.mentions("interval")) {
                errors.push(
                    key,
                    format!(
                        "have an `interval` if it has {with_article}, because without one it runs \
                         when a report needs it; add `interval = \"30s\"`"
                    ),
                );
            }
        }
        let is_retried_later = self.retry_interval >= self.interval && self.interval.is_some();
        if let Some(key) = self.key("retry_interval").filter(|_| is_retried_later) {
            errors.push(
                key,
                "have a `retry_interval` that is shorter than its `interval`; write a shorter one, \
                 or remove it",
            );
        }
    }

    /// Returns whether the option of this key was written, even if it is malformed.
    pub(crate) fn mentions(&self, key: &str) -> bool {
        self.key(key).is_some()
    }

    /// Returns the key as written.
    pub(crate) fn key(&self, key: &str) -> Option<&Ident> {
        self.keys.iter().find(|written| *written == key)
    }

    fn parse_option(
        &mut self,
        key: &TokenTree,
        value: &[TokenTree],
        of: Macro,
        errors: &mut Errors,
    ) {
        let TokenTree::Ident(key) = key else {
            self.is_misread = true;
            errors.push(key, format!("name its options; the known ones are {}", of.usages()));
            return;
        };
        let known = grammar::find(key);
        let Some(option) = known.filter(|option| of.takes(option)) else {
            self.is_misread = true;
            let usages = of.usages();
            let rule = if let Some(option) = known {
                format!(
                    "not set `{key}`, which each health check sets for itself; write \
                     `#[healthcheck({})]`, or one of {usages} here",
                    option.usage
                )
            } else {
                let meant = of.key_meant_by(&key.to_string());
                format!("not have an option `{key}`; {meant}the known ones are {usages}")
            };
            errors.push(key, rule);
            return;
        };
        if self.mentions(option.key) {
            errors.push(key, format!("set `{key}` once; remove one of the two"));
            return;
        }
        self.refuse_contradictions(key, errors);
        self.keys.push(key.clone());
        self.parse_value(option, key, value, of, errors);
    }

    /// Refuses an option that contradicts one before it.
    fn refuse_contradictions(&self, key: &Ident, errors: &mut Errors) {
        for (one, other, fix) in CONTRADICTIONS {
            if (key == one && self.mentions(other)) || (key == other && self.mentions(one)) {
                errors.push(key, format!("not set both `{one}` and `{other}`; {fix}"));
            }
        }
    }

    fn parse_value(
        &mut self,
        option: &KnownOption,
        key: &Ident,
        tokens: &[TokenTree],
        of: Macro,
        errors: &mut Errors,
    ) {
        let Some(value) = option.tokens_of_value(key, tokens, errors) else {
            return;
        };
        match option.value {
            Value::Name => self.name = option.parse_name(value, of, errors),
            Value::Functions => self.depends_on = option.parse_functions(value, errors),
            Value::Path => self.krate = crate_path(option.key, option.usage, value, errors),
            Value::Duration { may_be_zero } => {
                let duration = option.parse_duration(value, may_be_zero, errors);
                match option.key {
                    "interval" => self.interval = duration,
                    "retry_interval" => self.retry_interval = duration,
                    _ => {}
                }
                self.set(option.key, duration.map(duration_as_tokens));
            }
            Value::Count => self.set(option.key, option.parse_count(value, errors)),
            Value::Flag => self.set(option.key, option.parse_flag(value, errors)),
            // Unlike `tag`, which adds one, this is a `const fn`.
            Value::Tags => self.set("static_tags", option.parse_tags(value, errors)),
            Value::Probe(variant) => {
                self.is_liveness |= variant == "Liveness";
                let (private, variant) = (private(Span::call_site()), call_site(variant));
                self.set("probe", Some(quote!(#private::Probe::#variant)));
            }
            Value::Word => self.set(option.key, Some(TokenStream::new())),
        }
    }

    /// Adds a call of a method of `CheckOptions`.
    fn set(&mut self, method: &str, argument: Option<impl ToTokens>) {
        let method = call_site(method);
        self.setters.extend(argument.map(|argument| quote!(.#method(#argument))));
    }
}

fn call_site(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}
