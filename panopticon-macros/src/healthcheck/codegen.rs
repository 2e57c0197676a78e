//! What the attribute expands to.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ReturnType;
use syn::ext::IdentExt;

use super::resources::Resource;
use super::validate::ValidCheck;
use crate::registration::{at, origin, private, registration};
use crate::unique_name::{Kind, UniqueName};

impl ValidCheck {
    /// Returns the function as it was, and its registration.
    pub(super) fn expand(&self, item: &TokenStream) -> TokenStream {
        let Self { function, name, setters, krate, resources, shared_attributes, .. } = self;
        let private = private(Span::call_site());
        let check_fn = self.check_fn();
        let resource_types = resources.iter().map(|Resource { ty, is_optional }| {
            let must_be_send_and_sync =
                quote!(#private::health_check_resource_must_be_send_and_sync);
            let written = as_written(ty);
            let optional = is_optional.then(|| quote!(.optional()));
            quote!(#must_be_send_and_sync::<#ty>(#written) #optional)
        });
        let depends_on = self.depends_on.iter().map(|path| {
            let written = as_written(path);
            let function_id = quote!(|| #private::function_id(&#path));
            quote!(#private::Dependency { function_id: #function_id, path: #written })
        });
        let function_name = function.unraw().to_string();
        // At the function's name in the user's own context, which is then the `line!()`.
        let origin = origin(function.span());
        let entry = quote! {
            Check(#private::HealthCheck {
                name: #name,
                options: #private::CheckOptions::new() #(#setters)*,
                origin: #origin,
                resources: &[#(#resource_types),*],
                function_name: #function_name,
                function_id: || #private::function_id(&#function),
                depends_on: &[#(#depends_on),*],
                function: #check_fn,
            })
        };
        let unique = UniqueName { kind: Kind::HealthCheck, name: name.clone() };
        let proof = unique.proof(at(function.span()));
        let registration = registration(krate, shared_attributes, &proof, &entry);
        quote! {
            #item

            #registration
        }
    }

    /// Returns the function pointer from the resources to a `Health`.
    fn check_fn(&self) -> TokenStream {
        let function = &self.function;
        let at_function = at(function.span());
        let at_output = at(start_of(&self.output).unwrap_or(function.span()));
        let private = private(at_function);
        // Hygienic, so that the function can have this name.
        let resources = Ident::new("resources", Span::mixed_site());
        let returned = Ident::new("returned", at_output);
        let output = Ident::new("output", at_output);
        let arguments = self.resources.iter().map(|Resource { ty, is_optional }| {
            // Functions, because a trait in the user's scope could have methods of these names.
            if *is_optional {
                quote_spanned!(at_function=> #private::health_check_may_take::<#ty>(&#resources))
            } else {
                quote_spanned!(at_function=> #private::health_check_takes::<#ty>(&#resources))
            }
        });
        let health = {
            let private = self::private(at_output);
            quote_spanned! {at_output=>
                use #private::conversion::*;
                let #output = (&&&&(&&&&#returned).error_to_health()).error_to_health();
                #private::health_check_must_return_into_health(#output)
            }
        };
        if self.is_async {
            quote_spanned! {at_function=>
                #private::CheckFn::Async(|#resources| {
                    #private::health_check_future_must_be_send(async move {
                        let #returned =
                            #private::health_check_returned(#function(#(#arguments),*).await);
                        #health
                    })
                })
            }
        } else {
            quote_spanned! {at_function=>
                #private::CheckFn::Blocking(|#resources| {
                    let #returned = #private::health_check_returned(#function(#(#arguments),*));
                    #health
                })
            }
        }
    }
}

/// Returns a type or a path as people write it, without the spaces between tokens.
fn as_written(tokens: &impl ToTokens) -> String {
    const SPACED: [(&str, &str); 6] =
        [(" :: ", "::"), (" <", "<"), ("< ", "<"), (" >", ">"), (" ,", ","), ("& ", "&")];
    let tokens = tokens.to_token_stream().to_string();
    SPACED.iter().fold(tokens, |written, (spaced, tight)| written.replace(spaced, tight))
}

/// Returns where the return type begins, because stable Rust has no span of a whole type.
fn start_of(output: &ReturnType) -> Option<Span> {
    match output {
        ReturnType::Default => None,
        ReturnType::Type(_, output) => {
            output.to_token_stream().into_iter().next().map(|token| token.span())
        }
    }
}
