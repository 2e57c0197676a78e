//! What `collection!` expands to.

use proc_macro2::{Span, TokenStream};
use quote::quote;

use super::ValidCollection;
use crate::registration::{
    self, as_part_of_identifier, private, proof_of_uniqueness, registration,
};

/// The registration, and what a second one in the same module clashes with.
pub(super) fn registered_collection(collection: &ValidCollection) -> TokenStream {
    let ValidCollection { name, options, krate } = collection;
    let private = private(Span::call_site());
    let options = registration::options(options);
    let entry = quote! {
        Collection(#private::Collection {
            name: #name,
            options: #options,
            origin: #private::origin!(),
        })
    };
    let proof = proof_of_uniqueness(
        &format!("collection_{}_is_already_declared_in_this_crate", as_part_of_identifier(name)),
        Span::call_site(),
    );
    let registration = registration(krate, &[], &proof, &entry);
    quote! {
        #[doc(hidden)]
        #[allow(dead_code, non_upper_case_globals)]
        const a_module_can_have_one_collection: () = ();

        #registration
    }
}
