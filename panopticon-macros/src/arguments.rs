//! The arguments of macros, read token by token, so that a malformed argument does not hide the
//! mistakes in the next.

use proc_macro2::{Ident, Punct, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Path, bracketed};

use crate::errors::Errors;

/// Returns the arguments between commas, each with the comma after it.
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

/// Reads the value in `key = value`, given what follows the key.
pub(crate) fn value_after_equals(
    key: &Ident,
    usage: &str,
    tokens: &[TokenTree],
    errors: &mut Errors,
) -> Option<TokenStream> {
    let value = match tokens.split_first() {
        Some((TokenTree::Punct(equals), value)) if equals.as_char() == '=' => value,
        Some((other, _)) => {
            errors.push(other, format!("give `{key}` a value after `=`; write `{usage}`"));
            return None;
        }
        None => &[],
    };
    if value.is_empty() {
        errors.push(key, format!("give `{key}` a value; write `{usage}`"));
        return None;
    }
    Some(until_missing_comma(key, value, errors).iter().cloned().collect())
}

/// Returns the value without what follows it if the comma after it is missing.
fn until_missing_comma<'a>(
    key: &Ident,
    value: &'a [TokenTree],
    errors: &mut Errors,
) -> &'a [TokenTree] {
    // There is an operator between two operands, unless a comma is missing.
    let is_operand = |token: &TokenTree| !matches!(token, TokenTree::Punct(_));
    let position_of_comma = |token: &TokenTree| match token {
        TokenTree::Ident(_) => Some("before"),
        TokenTree::Punct(semicolon) if semicolon.as_char() == ';' => Some("instead of"),
        _ => None,
    };
    for (index, pair) in value.windows(2).enumerate() {
        if let (true, Some(position)) = (is_operand(&pair[0]), position_of_comma(&pair[1])) {
            errors.push(
                &pair[1],
                format!("have a comma after the value of `{key}`; write one {position} this"),
            );
            return &value[..=index];
        }
    }
    value
}

/// Reads the path to a crate.
pub(crate) fn crate_path(
    key: &str,
    usage: &str,
    value: TokenStream,
    errors: &mut Errors,
) -> Option<Path> {
    if let Ok(path) = Path::parse_mod_style.parse2(value.clone()) {
        return Some(path);
    }
    errors.push(
        value,
        format!("give `{key}` the path of a crate, without quotes or parameters; write `{usage}`"),
    );
    None
}

/// Reads the elements of a list in brackets, described as `[of_what, what]` in errors.
pub(crate) fn list(
    key: &str,
    usage: &str,
    value: TokenStream,
    [of_what, what]: [&str; 2],
    errors: &mut Errors,
) -> Option<Vec<TokenStream>> {
    let Some(tokens) = in_brackets(value.clone()) else {
        errors
            .push(value, format!("give `{key}` a list of {of_what} in brackets; write `{usage}`"));
        return None;
    };
    // No element has two literals or two groups in a row.
    let is_literal = |token: &TokenTree| matches!(token, TokenTree::Literal(_));
    let is_group = |token: &TokenTree| matches!(token, TokenTree::Group(_));
    let mut elements = Vec::new();
    for (element, comma) in split_at_commas(tokens) {
        match (element.as_slice(), comma) {
            ([], Some(comma)) => {
                errors.push(comma, format!("have {what} before this comma; remove the comma"));
            }
            ([], None) => {}
            ([one, next, ..], _)
                if (is_literal(one) && is_literal(next)) || (is_group(one) && is_group(next)) =>
            {
                errors.push(
                    next,
                    format!("have a comma between two of `{key}`; write one before this"),
                );
            }
            (element, _) => elements.push(element.iter().cloned().collect()),
        }
    }
    Some(elements)
}

/// Returns the tokens inside brackets.
fn in_brackets(value: TokenStream) -> Option<TokenStream> {
    let elements = |input: ParseStream<'_>| {
        let inside;
        bracketed!(inside in input);
        inside.parse()
    };
    elements.parse2(value).ok()
}

/// Returns the string literal, which must not have a suffix.
pub(crate) fn plain_text(value: TokenStream) -> Option<LitStr> {
    syn::parse2::<LitStr>(value).ok().filter(|literal| literal.suffix().is_empty())
}
