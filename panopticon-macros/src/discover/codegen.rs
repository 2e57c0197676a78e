//! What `discover!` expands to.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Meta, Path};

use super::parse::{CrateList, ListedCrate};
use crate::command_line::own_name;
use crate::registration::{at, origin, private, registration};

impl CrateList {
    /// Returns a link to each crate and its registration, so that they compile only at the root of
    /// this crate.
    pub(super) fn expand(&self) -> TokenStream {
        let Self { crates, krate } = self;
        let links = crates.iter().map(link);
        let registrations = crates.iter().map(|listed| registered_crate(listed, krate));
        let place =
            Ident::new("discover_must_be_called_once_at_the_root_of_the_crate", Span::call_site());
        quote! {
            #[doc(hidden)]
            #[allow(dead_code, non_upper_case_globals)]
            const #place: () = ();
            // Elsewhere this is not found, and the links below cause no errors of their own.
            #[doc(hidden)]
            use #krate::__private::at_the_root as #place;
            crate::#place! { #(#links #registrations)* }
        }
    }
}

fn link(listed: &ListedCrate) -> TokenStream {
    let ListedCrate { name, link_only, cfgs } = listed;
    // Errors are shown at the crate's name.
    let span = at(name.span());
    let macro_use = (!link_only).then(|| quote_spanned!(span=> #[macro_use]));
    quote_spanned! {span=>
        // The linker drops a crate that nothing refers to. If two crates export a macro of the same
        // name, which is what a health check's name becomes, the second is a compile error.
        #(#cfgs)*
        #macro_use
        #[allow(unused_imports, unused_extern_crates)]
        extern crate #name as _;
    }
}

fn registered_crate(listed: &ListedCrate, krate: &Path) -> TokenStream {
    let ListedCrate { name, cfgs, .. } = listed;
    let private = private(Span::call_site());
    let listed_name = name.unraw().to_string();
    let own_name = own_name(&listed_name);
    // At the crate in the list in the user's own context, which is then the `line!()`.
    let origin = origin(name.span());
    let entry = quote! {
        ListedCrate(#private::ListedCrate {
            name: #listed_name,
            krate: #own_name,
            origin: #origin,
        })
    };
    let cfgs: Vec<Meta> = cfgs.iter().map(|cfg| cfg.meta.clone()).collect();
    registration(krate, &cfgs, &TokenStream::new(), &entry)
}
