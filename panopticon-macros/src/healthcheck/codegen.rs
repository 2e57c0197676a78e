//! What the attribute expands to.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ReturnType;

use super::model::ValidCheck;
use crate::registration::{
    as_part_of_identifier, at, options, origin, private, proof_of_uniqueness, registration,
};

/// The function as it was, and its registration.
pub(super) fn registered_function(check: &ValidCheck, item: &TokenStream) -> TokenStream {
    let ValidCheck { function, name, krate, resources, shared_attributes, .. } = check;
    let private = private(Span::call_site());
    let options = options(&check.options);
    let call = call(check);
    let resource_types = resources.iter().map(|resource| {
        let must_be_send_and_sync = quote!(#private::health_check_resource_must_be_send_and_sync);
        let written = as_written(resource);
        quote!(#must_be_send_and_sync::<#resource>(#written))
    });
    let depends_on = check.depends_on.iter().map(|path| {
        let written = as_written(path);
        quote!(#private::Dependency { function: || #private::identity(&#path), path: #written })
    });
    // At the function's name, in the user's own context: that is where `line!()` is then.
    let origin = origin(function.span());
    let entry = quote! {
        Check(#private::HealthCheck {
            name: #name,
            options: #options,
            origin: #origin,
            resources: &[#(#resource_types),*],
            function: || #private::identity(&#function),
            depends_on: &[#(#depends_on),*],
            call: #call,
        })
    };
    let proof = proof_of_uniqueness(
        &format!(
            "health_check_{}_is_already_registered_so_rename_one",
            as_part_of_identifier(name)
        ),
        at(function.span()),
    );
    let registration = registration(krate, shared_attributes, &proof, &entry);
    quote! {
        #item

        #registration
    }
}

/// The function pointer: resources in, [`Health`] out.
fn call(check: &ValidCheck) -> TokenStream {
    let function = &check.function;
    let at_function = at(function.span());
    let at_output = at(start_of(&check.output).unwrap_or(function.span()));
    let private = private(at_function);
    // Hygienic, or a function of this name could not be called.
    let resources = Ident::new("resources", Span::mixed_site());
    let answer = Ident::new("answer", at_output);
    let arguments = check.resources.iter().map(|resource| {
        // A path, for as a method it could be one of a trait that is in scope where the user is.
        quote_spanned!(at_function=> #private::health_check_takes::<#resource>(&#resources))
    });
    let health = {
        let private = self::private(at_output);
        quote_spanned! {at_output=>
            use #private::conversion::*;
            (&&&&#private::health_check_must_return_into_health(#answer)).health_of_answer()
        }
    };
    if check.is_async {
        quote_spanned! {at_function=>
            #private::Call::Async(|#resources| {
                #private::health_check_future_must_be_send(async move {
                    let #answer = #function(#(#arguments),*).await;
                    #health
                })
            })
        }
    } else {
        quote_spanned! {at_function=>
            #private::Call::Blocking(|#resources| {
                let #answer = #function(#(#arguments),*);
                #health
            })
        }
    }
}

/// A type or a path as people write it, without the spaces that stand between tokens.
fn as_written(tokens: &impl ToTokens) -> String {
    const SPACED: [(&str, &str); 6] =
        [(" :: ", "::"), (" <", "<"), ("< ", "<"), (" >", ">"), (" ,", ","), ("& ", "&")];
    let tokens = tokens.to_token_stream().to_string();
    SPACED.iter().fold(tokens, |written, (spaced, tight)| written.replace(spaced, tight))
}

/// Where the return type begins, for on stable Rust the span of a whole type cannot be had.
fn start_of(output: &ReturnType) -> Option<Span> {
    match output {
        ReturnType::Default => None,
        ReturnType::Type(_, output) => {
            output.to_token_stream().into_iter().next().map(|token| token.span())
        }
    }
}
