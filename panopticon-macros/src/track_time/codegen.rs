//! What the attribute expands to.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::body;
use super::parse::{Tag, Unit};
use super::validate::ValidTimer;
use crate::function::Function;

impl ValidTimer {
    /// Returns the function, with a timer that is dropped however its body is left.
    pub(super) fn expand(&self, function: &Function) -> TokenStream {
        let Function { attributes, visibility, signature, .. } = function;
        let is_async = signature.asyncness.is_some();
        let body = body::starting_with(&self.start(), &self.body, is_async);
        quote! {
            #(#attributes)*
            #visibility #signature #body
        }
    }

    /// Returns the statement that starts the timer.
    fn start(&self) -> TokenStream {
        let Self { name, unit, tags, krate, .. } = self;
        // Hygienic, so that the body can have a variable of this name.
        let variable = Ident::new("__panopticon_timer", Span::mixed_site());
        let unit = match unit {
            Unit::Seconds => quote!(Seconds),
            Unit::Milliseconds => quote!(Milliseconds),
            Unit::Microseconds => quote!(Microseconds),
            Unit::Nanoseconds => quote!(Nanoseconds),
        };
        let tags = tags.iter().map(|Tag { key, value }| quote!((#key, #value)));
        quote! {
            let #variable = #krate::__private::time_until_dropped(
                #name,
                #krate::__private::Unit::#unit,
                &[#(#tags),*],
            );
        }
    }
}
