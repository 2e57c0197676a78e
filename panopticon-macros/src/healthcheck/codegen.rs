//! What the attribute expands to.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::Error;
use syn::spanned::Spanned;

use super::model::ValidCheck;
use super::signature::{Function, is_named};

/// The function as it was, and its registration.
pub(super) fn registered_function(check: &ValidCheck, item: &TokenStream) -> TokenStream {
    let ValidCheck { function, name, krate, resources, cfgs, .. } = check;
    let private = quote!(#krate::__private);
    let options = options(check, &private);
    let call = call(check, &private);
    // At the function's name, in the user's own context: that is where `line!()` is then.
    let line = quote_spanned!(function.span()=> ::core::line!());
    let allow_deprecated = check.is_deprecated.then(|| quote!(#[allow(deprecated)]));
    quote! {
        #item

        #(#cfgs)*
        #allow_deprecated
        const _: () = {
            #[#private::linkme::distributed_slice(#private::HEALTH_CHECKS)]
            #[linkme(crate = #private::linkme)]
            static __PANOPTICON_HEALTH_CHECK: #private::HealthCheck = #private::HealthCheck {
                name: #name,
                options: #options,
                module_path: ::core::module_path!(),
                file: ::core::file!(),
                line: #line,
                resources: &[#(#private::ResourceType::of::<#resources>()),*],
                call: #call,
            };
        };
    }
}

fn options(check: &ValidCheck, private: &TokenStream) -> TokenStream {
    let timeout = check.timeout.map(|timeout| {
        let timeout = duration(timeout, private);
        quote!(timeout: ::core::option::Option::Some(#timeout),)
    });
    let critical =
        check.critical.map(|critical| quote!(critical: ::core::option::Option::Some(#critical),));
    let tags = match check.tags.as_slice() {
        [] => None,
        tags => Some(quote!(tags: &[#(#tags),*],)),
    };
    if timeout.is_none() && critical.is_none() && tags.is_none() {
        return quote!(#private::Options::NONE);
    }
    quote!(#private::Options { #timeout #critical #tags ..#private::Options::NONE })
}

fn duration(duration: Duration, private: &TokenStream) -> TokenStream {
    let (seconds, nanoseconds) = (duration.as_secs(), duration.subsec_nanos());
    quote!(#private::Duration::new(#seconds, #nanoseconds))
}

/// The function pointer: resources in, [`Health`] out.
fn call(check: &ValidCheck, private: &TokenStream) -> TokenStream {
    let function = &check.function;
    // Hygienic, or a function of this name could not be called.
    let resources = Ident::new("resources", Span::mixed_site());
    let answer = Ident::new("answer", at_start_of(&check.output, function.span()));
    let arguments = check.resources.iter().map(|resource| {
        let get = quote_spanned!(at(resource.span())=> get);
        quote!(#resources.#get::<#resource>())
    });
    let health = {
        let must_return = quote_spanned! {answer.span()=>
            #private::health_check_must_return_into_health
        };
        quote! {
            use #private::conversion::*;
            (&&&&#must_return(#answer)).health()
        }
    };
    if check.is_async {
        let future = quote_spanned! {at(function.span())=> async move {
            let #answer = #function(#(#arguments),*).await;
            #health
        }};
        quote! {
            #private::Call::Async(|#resources| {
                #private::health_check_future_must_be_send(#future)
            })
        }
    } else {
        quote! {
            #private::Call::Blocking(|#resources| {
                let #answer = #function(#(#arguments),*);
                #health
            })
        }
    }
}

/// A span that errors show as the user's own, while lints know it for a macro's.
fn at(users: Span) -> Span {
    Span::mixed_site().located_at(users)
}

fn at_start_of(tokens: &impl ToTokens, otherwise: Span) -> Span {
    let first =
        tokens.to_token_stream().into_iter().find(|token| !matches!(token, TokenTree::Punct(_)));
    at(first.map_or(otherwise, |token| token.span()))
}

/// The errors, and the function all the same, so that nothing else fails for want of it.
pub(super) fn refused_function(error: &Error, function: &Function) -> TokenStream {
    let Function { attributes, visibility, signature, body } = function;
    let errors = error.to_compile_error();
    // A second attribute would expand again, and complain again.
    let attributes = attributes.iter().filter(|attribute| !is_named(attribute, &["healthcheck"]));
    quote! {
        #errors
        #(#attributes)*
        #visibility #signature #body
    }
}

/// The error, and the item all the same.
pub(super) fn refused_item(error: &Error, item: &TokenStream) -> TokenStream {
    let errors = error.to_compile_error();
    quote!(#errors #item)
}
