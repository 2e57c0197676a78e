//! What stands behind a key, read and checked.

use std::time::Duration;

use proc_macro2::{Ident, Punct, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{LitBool, LitInt, LitStr, Path, bracketed};

use super::{Accepted, Form, Takes};
use crate::problem::Problems;
use crate::{duration, name};

impl Form {
    /// The value's tokens, of which there are none for a word.
    pub(super) fn value_behind_equals(
        &self,
        key: &Ident,
        tokens: &[TokenTree],
        problems: &mut Problems,
    ) -> Option<TokenStream> {
        let usage = self.usage;
        if let Takes::Word(_) = self.takes {
            let Some(extra) = tokens.first() else {
                return Some(TokenStream::new());
            };
            problems.push(extra, format!("give `{key}` no value; write `{usage}`"));
            return None;
        }
        value_behind_equals(key, usage, tokens, problems)
    }

    pub(super) fn parse_name(
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

    pub(super) fn parse_duration(
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

    pub(super) fn parse_count(&self, value: TokenStream, problems: &mut Problems) -> Option<u32> {
        let count =
            syn::parse2::<LitInt>(value.clone()).and_then(|count| count.base10_parse::<u32>());
        let count = count.ok().filter(|&count| count > 0);
        if count.is_none() {
            let Self { key, usage, .. } = self;
            problems.push(value, format!("give `{key}` a whole number from 1; write `{usage}`"));
        }
        count
    }

    pub(super) fn parse_flag(&self, value: TokenStream, problems: &mut Problems) -> Option<bool> {
        if let Ok(flag) = syn::parse2::<LitBool>(value.clone()) {
            return Some(flag.value);
        }
        let Self { key, usage, .. } = self;
        problems.push(value, format!("give `{key}` true or false; write `{usage}`"));
        None
    }

    pub(super) fn parse_functions(&self, value: TokenStream, problems: &mut Problems) -> Vec<Path> {
        let Self { key, usage, .. } = self;
        let mut functions: Vec<Path> = Vec::new();
        for element in
            list(key, usage, value, ["functions", "a function"], problems).unwrap_or_default()
        {
            match Path::parse_mod_style.parse2(element.clone()) {
                Ok(function) if functions.iter().any(|known| is_same(known, &function)) => {
                    let name = without_spaces(&function);
                    problems.push(
                        function,
                        format!("name `{name}` once in `{key}`; remove one of the two"),
                    );
                }
                Ok(function) => functions.push(function),
                Err(_) => problems
                    .push(element, format!("give `{key}` the paths of functions; write `{usage}`")),
            }
        }
        functions
    }

    pub(super) fn parse_tags(
        &self,
        value: TokenStream,
        problems: &mut Problems,
    ) -> Option<Vec<String>> {
        let Self { key, usage, .. } = self;
        let mut tags = Vec::new();
        for element in list(key, usage, value, ["texts", "a tag"], problems)? {
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

/// The value's tokens.
pub(crate) fn value_behind_equals(
    key: &Ident,
    usage: &str,
    tokens: &[TokenTree],
    problems: &mut Problems,
) -> Option<TokenStream> {
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

/// The path of a crate.
pub(crate) fn crate_path(
    key: &str,
    usage: &str,
    value: TokenStream,
    problems: &mut Problems,
) -> Option<Path> {
    if let Ok(path) = Path::parse_mod_style.parse2(value.clone()) {
        return Some(path);
    }
    problems.push(
        value,
        format!("give `{key}` the path of a crate, without quotes or parameters; write `{usage}`"),
    );
    None
}

/// The elements of a list in brackets, `of_what`, each of them `what`; a malformed one does not
/// hide the next.
pub(crate) fn list(
    key: &str,
    usage: &str,
    value: TokenStream,
    [of_what, what]: [&str; 2],
    problems: &mut Problems,
) -> Option<Vec<TokenStream>> {
    let Some(tokens) = in_brackets(value.clone()) else {
        problems
            .push(value, format!("give `{key}` a list of {of_what} in brackets; write `{usage}`"));
        return None;
    };
    // Two of a kind side by side: no element is written so.
    let is_literal = |token: &TokenTree| matches!(token, TokenTree::Literal(_));
    let is_group = |token: &TokenTree| matches!(token, TokenTree::Group(_));
    let mut elements = Vec::new();
    for (element, comma) in split_at_commas(tokens) {
        match (element.as_slice(), comma) {
            ([], Some(comma)) => {
                problems.push(comma, format!("have {what} before this comma; remove the comma"));
            }
            ([], None) => {}
            ([one, next, ..], _)
                if (is_literal(one) && is_literal(next)) || (is_group(one) && is_group(next)) =>
            {
                problems.push(next, "have a comma between two tags; write one before this");
            }
            (element, _) => elements.push(element.iter().cloned().collect()),
        }
    }
    Some(elements)
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

fn is_same(path: &Path, other: &Path) -> bool {
    without_spaces(path) == without_spaces(other)
}

fn without_spaces(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}

/// A string literal without a suffix.
pub(crate) fn plain_text(value: TokenStream) -> Option<LitStr> {
    syn::parse2::<LitStr>(value).ok().filter(|literal| literal.suffix().is_empty())
}

/// What stands in brackets.
fn in_brackets(value: TokenStream) -> Option<TokenStream> {
    let elements = |input: ParseStream<'_>| {
        let inside;
        bracketed!(inside in input);
        inside.parse()
    };
    elements.parse2(value).ok()
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
