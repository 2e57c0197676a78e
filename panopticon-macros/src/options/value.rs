//! The values of options, read and validated.

use std::time::Duration;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::Parser;
use syn::{LitBool, LitInt, LitStr, Path};

use super::grammar::{KnownOption, Macro, Value};
use crate::arguments::{list, plain_text, value_after_equals};
use crate::errors::Errors;
use crate::{duration, name};

impl KnownOption {
    /// Returns the value's tokens; none for a key without a value.
    pub(super) fn tokens_of_value(
        &self,
        key: &Ident,
        tokens: &[TokenTree],
        errors: &mut Errors,
    ) -> Option<TokenStream> {
        let usage = self.usage;
        if let Value::Probe(_) = self.value {
            let Some(extra) = tokens.first() else {
                return Some(TokenStream::new());
            };
            errors.push(extra, format!("give `{key}` no value; write `{usage}`"));
            return None;
        }
        value_after_equals(key, usage, tokens, errors)
    }

    pub(super) fn parse_name(
        &self,
        value: TokenStream,
        of: Macro,
        errors: &mut Errors,
    ) -> Option<LitStr> {
        let Some(literal) = plain_text(value.clone()) else {
            errors.push(value, format!("have its name in quotes; write `{}`", self.usage));
            return None;
        };
        match of.check_name(&literal.value()) {
            Ok(()) => Some(literal),
            Err(rule) => {
                errors.push(literal, rule);
                None
            }
        }
    }

    pub(super) fn parse_duration(
        &self,
        value: TokenStream,
        may_be_zero: bool,
        errors: &mut Errors,
    ) -> Option<Duration> {
        let Self { key, usage, .. } = self;
        let Some(text) = plain_text(value.clone()) else {
            errors.push(value, format!("give `{key}` a duration in quotes; write `{usage}`"));
            return None;
        };
        let written = text.value();
        match duration::read(&written) {
            Ok(duration) if may_be_zero || duration::is_timeout(duration) => Some(duration),
            Ok(_) => {
                errors.push(text, format!("give `{key}` more than zero; write `{usage}`"));
                None
            }
            Err(rule) => {
                errors.push(text, format!("give `{key}` {rule}; write `{usage}`"));
                None
            }
        }
    }

    pub(super) fn parse_count(&self, value: TokenStream, errors: &mut Errors) -> Option<u32> {
        let count =
            syn::parse2::<LitInt>(value.clone()).and_then(|count| count.base10_parse::<u32>());
        let count = count.ok().filter(|&count| count > 0);
        if count.is_none() {
            let Self { key, usage, .. } = self;
            errors.push(value, format!("give `{key}` a whole number from 1; write `{usage}`"));
        }
        count
    }

    pub(super) fn parse_flag(&self, value: TokenStream, errors: &mut Errors) -> Option<bool> {
        if let Ok(flag) = syn::parse2::<LitBool>(value.clone()) {
            return Some(flag.value);
        }
        let Self { key, usage, .. } = self;
        errors.push(value, format!("give `{key}` true or false; write `{usage}`"));
        None
    }

    pub(super) fn parse_functions(&self, value: TokenStream, errors: &mut Errors) -> Vec<Path> {
        let Self { key, usage, .. } = self;
        let mut functions: Vec<Path> = Vec::new();
        for element in
            list(key, usage, value, ["functions", "a function"], errors).unwrap_or_default()
        {
            match Path::parse_mod_style.parse2(element.clone()) {
                Ok(function) if functions.iter().any(|known| is_same(known, &function)) => {
                    let name = without_spaces(&function);
                    errors.push(
                        function,
                        format!("name `{name}` once in `{key}`; remove one of the two"),
                    );
                }
                Ok(function) => functions.push(function),
                Err(_) => errors
                    .push(element, format!("give `{key}` the paths of functions; write `{usage}`")),
            }
        }
        functions
    }

    pub(super) fn parse_tags(
        &self,
        value: TokenStream,
        errors: &mut Errors,
    ) -> Option<Vec<String>> {
        let Self { key, usage, .. } = self;
        let mut tags = Vec::new();
        for element in list(key, usage, value, ["texts", "a tag"], errors)? {
            let Some(literal) = plain_text(element.clone()) else {
                errors.push(element, format!("give `{key}` texts in quotes; write `{usage}`"));
                continue;
            };
            let tag = literal.value();
            if !name::is_tag(&tag) {
                errors.push(
                    literal,
                    format!(
                        "not have the tag {tag:?}; write 1 to {} ASCII letters, digits and \
                         `_ . - : /`",
                        name::MAX_LENGTH
                    ),
                );
            } else if tags.contains(&tag) {
                errors.push(literal, format!("have the tag `{tag}` once; remove one of the two"));
            } else {
                tags.push(tag);
            }
        }
        Some(tags)
    }
}

fn is_same(path: &Path, other: &Path) -> bool {
    without_spaces(path) == without_spaces(other)
}

fn without_spaces(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}
