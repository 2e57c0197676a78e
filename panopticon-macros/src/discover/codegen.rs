//! What `discover!` expands to.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Meta, Path};

use super::list::{CrateList, ListedCrate};
use crate::command_line::own_name;
use crate::registration::{at, origin, private, registration};

/// What links and registers each crate, and what fails anywhere but at the crate's root.
pub(super) fn linked_crates(list: &CrateList) -> TokenStream {
    let CrateList { crates, krate } = list;
    let links = crates.iter().map(link);
    let registrations = crates.iter().map(|listed| registered_crate(listed, krate));
    let place =
        Ident::new("discover_must_stand_once_and_at_the_root_of_the_crate", Span::call_site());
    quote! {
        #[doc(hidden)]
        #[allow(dead_code, non_upper_case_globals)]
        const #place: () = ();
        // Elsewhere this is not found, and there are no links that complain each by itself.
        #[doc(hidden)]
        use #krate::__private::at_the_root as #place;
        crate::#place! { #(#links #registrations)* }
    }
}

fn link(listed: &ListedCrate) -> TokenStream {
    let ListedCrate { name, link_only, cfgs } = listed;
    // Whatever the compiler has against it is shown at the crate's name.
    let span = at(name.span());
    let macro_use = (!link_only).then(|| quote_spanned!(span=> #[macro_use]));
    quote_spanned! {span=>
        // A crate that no code names is not linked. Of two with an exported macro of one name, which
        // is what a health check's name becomes, the compiler refuses the second.
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
    // At the crate in the list, in the user's own context: that is where `line!()` is then.
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
