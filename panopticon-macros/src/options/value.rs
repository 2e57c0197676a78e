//! The values of options, read and validated.

use std::fmt::Display;
use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::Parser;
use syn::{LitBool, LitInt, LitStr, Path};

use super::grammar::{KnownOption, Macro, Value};
use crate::arguments::{list, plain_text, value_after_equals};
use crate::errors::Errors;
use crate::registration::private;
use crate::{duration, name};

impl KnownOption {
    /// Returns the value's tokens; none for a key without a value.
    pub(super) fn tokens_of_value(
        &self,
        key: &Ident,
        tokens: &[TokenTree],
        errors: &mut Errors,
    ) -> Option<TokenStream> {
        match (self.value, tokens.first()) {
            (Value::Probe(_) | Value::Word, None) => Some(TokenStream::new()),
            (Value::Probe(_) | Value::Word, Some(extra)) => self.refuse(extra, "no value", errors),
            _ => value_after_equals(key, self.usage, tokens, errors),
        }
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
        if let Err(rule) = of.check_name(&literal.value()) {
            errors.push(literal, rule);
            return None;
        }
        Some(literal)
    }

    pub(super) fn parse_duration(
        &self,
        value: TokenStream,
        may_be_zero: bool,
        errors: &mut Errors,
    ) -> Option<Duration> {
        let Some(text) = plain_text(value.clone()) else {
            return self.refuse(value, "a duration in quotes", errors);
        };
        match duration::read(&text.value()) {
            Ok(duration) if may_be_zero || duration::is_timeout(duration) => Some(duration),
            Ok(_) => self.refuse(text, "more than zero", errors),
            Err(rule) => self.refuse(text, rule, errors),
        }
    }

    pub(super) fn parse_count(&self, value: TokenStream, errors: &mut Errors) -> Option<u32> {
        let count =
            syn::parse2::<LitInt>(value.clone()).and_then(|count| count.base10_parse::<u32>());
        let count = count.ok().filter(|&count| count > 0);
        count.or_else(|| self.refuse(value, "a whole number from 1", errors))
    }

    pub(super) fn parse_flag(&self, value: TokenStream, errors: &mut Errors) -> Option<bool> {
        match syn::parse2::<LitBool>(value.clone()) {
            Ok(flag) => Some(flag.value),
            Err(_) => self.refuse(value, "true or false", errors),
        }
    }

    pub(super) fn parse_functions(&self, value: TokenStream, errors: &mut Errors) -> Vec<Path> {
        let Self { key, usage, .. } = self;
        let elements = list(key, usage, value, ["functions", "a function"], errors);
        let mut functions: Vec<Path> = Vec::new();
        for element in elements.unwrap_or_default() {
            let Ok(function) = Path::parse_mod_style.parse2(element.clone()) else {
                self.refuse::<()>(element, "the paths of functions", errors);
                continue;
            };
            let name = without_spaces(&function);
            if functions.iter().any(|known| without_spaces(known) == name) {
                let rule = format!("name `{name}` once in `{key}`; remove one of the two");
                errors.push(function, rule);
            } else {
                functions.push(function);
            }
        }
        functions
    }

    /// Reads a list of tags, as the argument of its setter.
    pub(super) fn parse_tags(
        &self,
        value: TokenStream,
        errors: &mut Errors,
    ) -> Option<TokenStream> {
        let mut tags = Vec::new();
        for element in list(self.key, self.usage, value, ["texts", "a tag"], errors)? {
            let Some(literal) = plain_text(element.clone()) else {
                self.refuse::<()>(element, "texts in quotes", errors);
                continue;
            };
            let tag = literal.value();
            if !name::is_tag(&tag) {
                let rule = format!(
                    "not have the tag {tag:?}; write 1 to {} ASCII letters, digits and \
                     `_ . - : /`",
                    name::MAX_LENGTH
                );
                errors.push(literal, rule);
            } else if tags.contains(&tag) {
                errors.push(literal, format!("have the tag `{tag}` once; remove one of the two"));
            } else {
                tags.push(tag);
            }
        }
        Some(quote!(&[#(#tags),*]))
    }

    /// Adds an error: the option must be given `what`.
    fn refuse<T>(
        &self,
        tokens: impl ToTokens,
        what: impl Display,
        errors: &mut Errors,
    ) -> Option<T> {
        errors.push(tokens, format!("give `{}` {what}; write `{}`", self.key, self.usage));
        None
    }
}

/// Writes a duration as the argument of a setter.
pub(super) fn duration_as_tokens(duration: Duration) -> TokenStream {
    let private = private(Span::call_site());
    let (seconds, nanoseconds) = (duration.as_secs(), duration.subsec_nanos());
    quote!(#private::Duration::new(#seconds, #nanoseconds))
}

fn without_spaces(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}
