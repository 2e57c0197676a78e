//! What the attribute expands to.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::args::{Tag, Unit};
use super::body;
use super::model::ValidTimer;
use crate::function::Function;

/// The function, with a timer that is dropped when its body is left, in whichever way.
pub(super) fn timed_function(timer: &ValidTimer, function: &Function) -> TokenStream {
    let Function { attributes, visibility, signature, .. } = function;
    let is_async = signature.asyncness.is_some();
    let body = body::starting_with(&start(timer), &timer.body, is_async);
    quote! {
        #(#attributes)*
        #visibility #signature #body
    }
}

/// The statement that starts the time.
fn start(timer: &ValidTimer) -> TokenStream {
    let ValidTimer { name, unit, tags, krate, .. } = timer;
    // Hygienic, so that the body's own variable of this name stays its own.
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
