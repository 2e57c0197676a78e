//! All mistakes in one use of a macro, reported together.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Error;

use crate::edit_distance::most_similar;

/// The mistakes found so far, in source order.
#[derive(Default)]
pub(crate) struct Errors(Vec<Mistake>);

struct Mistake {
    /// What the error points at.
    tokens: TokenStream,
    /// The rest of "`subject` must …".
    rule: String,
}

impl Errors {
    /// Adds "… must `rule`", pointing at `tokens`.
    pub(crate) fn push(&mut self, tokens: impl ToTokens, rule: impl Display) {
        self.0.push(Mistake { tokens: tokens.into_token_stream(), rule: rule.to_string() });
    }

    /// Fails if there is a mistake, with one message for each: "`subject` must …".
    pub(crate) fn finish(self, subject: &str) -> syn::Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(self.into_error(subject)) }
    }

    /// Returns the mistakes, of which there must be at least one, as an error.
    pub(crate) fn into_error(self, subject: &str) -> Error {
        let errors = self.0.into_iter().map(|Mistake { tokens, rule }| {
            Error::new_spanned(tokens, format!("{subject} must {rule}"))
        });
        let all = errors.reduce(|mut all, error| {
            all.combine(error);
            all
        });
        all.expect("there is a mistake")
    }
}

/// Returns the question whether a similar key was meant, if there is one, for the middle of a rule.
pub(crate) fn did_you_mean<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    most_similar(unknown, known)
        .map(|similar| format!("did you mean `{similar}`? "))
        .unwrap_or_default()
}
