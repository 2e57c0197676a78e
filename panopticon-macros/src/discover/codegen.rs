//! What `discover!` expands to.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Meta, Path};

use super::metadata::Registered;
use super::parse::{CrateList, ListedCrate};
use super::taken_names::take;
use crate::command_line::{files_of, is_linked_dynamically, name_of_library};
use crate::registration::{at, origin, private, registration};
use crate::unique_name::Kind;

/// A listed crate, with what the compiler's files say about it.
pub(super) struct KnownCrate<'a> {
    pub(super) listed: &'a ListedCrate,
    /// Its own name, or its name in the manifest if it is unknown.
    own_name: String,
    is_linked_dynamically: bool,
    pub(super) registered: Registered,
}

impl<'a> From<&'a ListedCrate> for KnownCrate<'a> {
    fn from(listed: &'a ListedCrate) -> Self {
        let name = listed.name.unraw().to_string();
        let files = files_of(&name);
        let own_name = files.first().and_then(|file| name_of_library(file)).unwrap_or(name);
        Self {
            listed,
            own_name,
            is_linked_dynamically: is_linked_dynamically(&files),
            registered: Registered::read(&files),
        }
    }
}

impl CrateList {
    /// Returns a link to each crate and its registration, so that they compile only at the root of
    /// this crate, and the names that are taken.
    pub(super) fn expand(&self) -> TokenStream {
        let crates: Vec<KnownCrate<'_>> = self.crates.iter().map(KnownCrate::from).collect();
        let krate = &self.krate;
        let links = crates.iter().map(link);
        let registrations = crates.iter().map(|known| registered_crate(known, krate));
        let taken = take(&crates, krate);
        let place =
            Ident::new("discover_must_be_called_once_at_the_root_of_the_crate", Span::call_site());
        quote! {
            #[doc(hidden)]
            #[allow(dead_code, non_upper_case_globals)]
            const #place: () = ();
            // Elsewhere this is not found, and the links below cause no errors of their own.
            #[doc(hidden)]
            use #krate::__private::at_the_root as #place;
            crate::#place! { #(#links #registrations)* #taken }
        }
    }
}

fn link(known: &KnownCrate<'_>) -> TokenStream {
    let ListedCrate { name, link_only, cfgs } = known.listed;
    // Errors are shown at the crate's name.
    let span = at(name.span());
    if known.is_linked_dynamically {
        let message = format!(
            "`discover!` must list crates that are linked statically, unlike `{name}`, whose health \
             checks are in a file of their own, where this program's are not found; remove `dylib` \
             from its `crate-type`, or a procedural macro from the list"
        );
        return quote_spanned!(span=> #(#cfgs)* ::core::compile_error!(#message););
    }
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

fn registered_crate(known: &KnownCrate<'_>, krate: &Path) -> TokenStream {
    let KnownCrate { listed: ListedCrate { name, cfgs, .. }, own_name, registered, .. } = known;
    let Registered { package, version, .. } = registered;
    let private = private(Span::call_site());
    let listed_name = name.unraw().to_string();
    // At the crate in the list in the user's own context, which is then the `line!()`.
    let origin = origin(name.span());
    let health_checks = registered.names_of(Kind::HealthCheck);
    let collections = registered.names_of(Kind::Collection);
    let entry = quote! {
        ListedCrate(#private::ListedCrate {
            name: #listed_name,
            krate: #own_name,
            package: #package,
            version: #version,
            health_checks: &[#(#health_checks),*],
            collections: &[#(#collections),*],
            origin: #origin,
        })
    };
    let cfgs: Vec<Meta> = cfgs.iter().map(|cfg| cfg.meta.clone()).collect();
    registration(krate, &cfgs, &TokenStream::new(), &entry)
}
