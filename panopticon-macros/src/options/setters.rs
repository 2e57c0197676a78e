//! What the macros write for options.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};

use crate::registration::private;

/// The options that were written, as an expression: `CheckOptions::new().timeout(…).critical(…)`.
#[derive(Default)]
pub(crate) struct OptionSetters(Vec<TokenStream>);

impl OptionSetters {
    /// Adds a call of a method of `CheckOptions`.
    pub(super) fn push(&mut self, method: &str, argument: &TokenStream) {
        let method = Ident::new(method, Span::call_site());
        self.0.push(quote!(.#method(#argument)));
    }
}

impl ToTokens for OptionSetters {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let private = private(Span::call_site());
        let setters = &self.0;
        tokens.extend(quote!(#private::CheckOptions::new() #(#setters)*));
    }
}
