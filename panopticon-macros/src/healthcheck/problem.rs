//! All mistakes of one health check, reported together.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Error;

use super::signature::Function;

/// The mistakes found so far, in source order.
#[derive(Default)]
pub(super) struct Problems(Vec<Problem>);

struct Problem {
    /// What the error points at.
    tokens: TokenStream,
    /// The rest of "health check `x` must …".
    rule: String,
}

impl Problems {
    /// Adds "health check `x` must `rule`", pointing at `tokens`.
    pub(super) fn push(&mut self, tokens: impl ToTokens, rule: impl Into<String>) {
        self.0.push(Problem { tokens: tokens.into_token_stream(), rule: rule.into() });
    }

    /// One error with a message a problem; `None` where there is no problem.
    pub(super) fn into_error(self, function: &Function) -> Option<Error> {
        let name = &function.signature.ident;
        self.0
            .into_iter()
            .map(|Problem { tokens, rule }| {
                Error::new_spanned(tokens, format!("health check `{name}` must {rule}"))
            })
            .reduce(|mut all, error| {
                all.combine(error);
                all
            })
    }
}
