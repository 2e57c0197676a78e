//! What `discover!` expands to.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;

use super::extern_name::extern_name;
use super::list::{CrateList, ListedCrate};
use crate::registration::{private, registration};

/// What links and registers each crate, and what fails anywhere but at the crate's root.
pub(super) fn linked_crates(list: &CrateList) -> TokenStream {
    let crates = list.crates.iter().map(|listed| linked_crate(listed, list));
    let place =
        Ident::new("discover_must_stand_once_and_at_the_root_of_the_crate", Span::call_site());
    quote! {
        #[doc(hidden)]
        #[allow(dead_code, non_upper_case_globals)]
        const #place: () = ();
        const _: () = crate::#place;

        #(#crates)*
    }
}

fn linked_crate(listed: &ListedCrate, list: &CrateList) -> TokenStream {
    let ListedCrate { name, link_only } = listed;
    let private = private(Span::call_site());
    let listed_name = name.unraw().to_string();
    let own_name = extern_name(&listed_name);
    let macro_use = (!link_only).then(|| quote!(#[macro_use]));
    let entry = quote! {
        ListedCrate(#private::ListedCrate {
            name: #listed_name,
            krate: #own_name,
            origin: #private::origin!(),
        })
    };
    let registration = registration(&list.krate, &[], &TokenStream::new(), &entry);
    quote! {
        // A crate that no code names is not linked. Of two with an exported macro of one name, which
        // is what a health check's name becomes, the compiler refuses the second.
        #macro_use
        #[allow(unused_imports, unused_extern_crates)]
        extern crate #name as _;

        #registration
    }
}
