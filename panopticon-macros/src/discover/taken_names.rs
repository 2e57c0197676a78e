//! Keeps this crate from registering a name that a listed crate registers.
//!
//! Everything that this crate registers exports a macro at the crate's root. A name that is imported
//! there is taken, so that one more macro of that name is a compile error at both places.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, Meta, Path};

use super::codegen::KnownCrate;
use super::parse::ListedCrate;
use crate::registration::at;
use crate::unique_name::UniqueName;

/// Returns an import for each name that the crates' metadata has.
pub(super) fn take(crates: &[KnownCrate<'_>], krate: &Path) -> TokenStream {
    let mut holders: BTreeMap<&UniqueName, Vec<&ListedCrate>> = BTreeMap::new();
    let mut imports = TokenStream::new();
    // `#[link_only]` lists a crate without the proof.
    for KnownCrate { listed, registered, .. } in
        crates.iter().filter(|known| !known.listed.link_only)
    {
        let (shared, own): (Vec<_>, Vec<_>) =
            registered.names.iter().partition(|name| holders.contains_key(name));
        if !own.is_empty() {
            imports.extend(import(listed, &own, None, krate));
        }
        for name in shared {
            // If both crates are listed, that is an error already.
            let alone = unless_listed(&holders[name]);
            imports.extend(import(listed, &[name], Some(&alone), krate));
        }
        for name in &registered.names {
            holders.entry(name).or_default().push(listed);
        }
    }
    imports
}

/// Returns an import of these names, at the crate in the list.
fn import(
    listed: &ListedCrate,
    names: &[&UniqueName],
    condition: Option<&TokenStream>,
    krate: &Path,
) -> TokenStream {
    let users = listed.name.span();
    let span = at(users);
    // With the span of the macro's call. If it had that of the crate, as the import around it has,
    // the compiler would suggest to write `orders as other_…` in the list.
    let name = Ident::new("name", Span::call_site());
    let imported = names.iter().map(|taken| {
        let macro_name = taken.macro_name(span);
        quote_spanned!(span=> taken::#name as #macro_name)
    });
    let imported = quote_spanned!(span=> #(#imported),*);
    // The lint `unused_import_braces` allows none around a single name.
    let imported = if names.len() == 1 { imported } else { quote_spanned!(span=> {#imported}) };
    let krate = located_at(krate, users);
    let cfgs = &listed.cfgs;
    quote_spanned! {span=>
        #(#cfgs)*
        #condition
        #[doc(hidden)]
        #[allow(unused_imports)]
        pub(crate) use #krate::__private::#imported;
    }
}

/// Returns the condition under which none of the crates is listed.
fn unless_listed(crates: &[&ListedCrate]) -> TokenStream {
    let predicate = |cfg: &Attribute| match &cfg.meta {
        Meta::List(list) => list.tokens.clone(),
        // An error, which the compiler shows at the link to the crate.
        Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
    };
    let listed = crates.iter().map(|listed| {
        let predicates = listed.cfgs.iter().map(predicate);
        quote!(all(#(#predicates),*))
    });
    quote!(#[cfg(not(any(#(#listed),*)))])
}

/// Returns the path in its own context, with errors at another place.
fn located_at(path: &Path, place: Span) -> TokenStream {
    let tokens = path.to_token_stream().into_iter().map(|mut token| {
        token.set_span(token.span().located_at(place));
        token
    });
    tokens.collect()
}
