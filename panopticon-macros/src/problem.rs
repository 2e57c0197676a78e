//! All mistakes of one use of a macro, reported together.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Error;

/// The mistakes found so far, in source order.
#[derive(Default)]
pub(crate) struct Problems(Vec<Problem>);

struct Problem {
    /// What the error points at.
    tokens: TokenStream,
    /// The rest of "`subject` must …".
    rule: String,
}

impl Problems {
    /// Adds "`subject` must `rule`", pointing at `tokens`.
    pub(crate) fn push(&mut self, tokens: impl ToTokens, rule: impl Into<String>) {
        self.0.push(Problem { tokens: tokens.into_token_stream(), rule: rule.into() });
    }

    /// One error with a message a problem; `None` where there is no problem.
    pub(crate) fn into_error(self, subject: &str) -> Option<Error> {
        self.0
            .into_iter()
            .map(|Problem { tokens, rule }| {
                Error::new_spanned(tokens, format!("{subject} must {rule}"))
            })
            .reduce(|mut all, error| {
                all.combine(error);
                all
            })
    }
}
