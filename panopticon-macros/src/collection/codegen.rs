//! What `collection!` expands to.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::ValidCollection;
use crate::registration::{at, origin, private, registration};
use crate::unique_name::{Kind, UniqueName, as_part_of_identifier};

impl ValidCollection {
    /// Returns the registration, and constants that cause an error in a function or next to another
    /// collection.
    pub(super) fn expand(&self) -> TokenStream {
        let Self { name, setters, krate } = self;
        let at_name = at(name.span());
        let part = as_part_of_identifier(&name.value());
        let private = private(Span::call_site());
        let origin = origin(Span::call_site());
        let entry = quote! {
            Collection(#private::Collection {
                name: #name,
                options: #private::CheckOptions::new() #(#setters)*,
                origin: #origin,
            })
        };
        let unique = UniqueName { kind: Kind::Collection, name: name.value() };
        let proof = unique.proof(at_name);
        let registration = registration(krate, &[], &proof, &entry);
        // In a function, `self` is the module around it, which has no constant of this name.
        let place = Ident::new(
            &format!("collection_{part}_must_be_in_a_module_and_outside_of_functions"),
            at_name,
        );
        let places = quote_spanned! {at_name=>
            #[doc(hidden)]
            const a_module_can_have_only_one_collection: () = ();
            #[doc(hidden)]
            const #place: () = ();
            const _: () = self::#place;
        };
        quote! {
            #places

            #registration
        }
    }
}
