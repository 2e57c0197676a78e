//! Keeps this crate from registering a name that a listed crate registers.
//!
//! Everything that this crate registers exports a macro at the crate's root. A name that is imported
//! there is taken, so that one more macro of that name is a compile error at both places.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Meta, Path};

use super::codegen::KnownCrate;
use super::parse::ListedCrate;
use crate::registration::at;
use crate::unique_name::UniqueName;

/// Returns an import for each name that the crates' metadata has.
pub(super) fn take(crates: &[KnownCrate<'_>], krate: &Path) -> TokenStream {
    let mut holders: BTreeMap<&UniqueName, Vec<&ListedCrate>> = BTreeMap::new();
    // `#[link_only]` lists a crate without the proof.
    for known in crates.iter().filter(|known| !known.listed.link_only) {
        for name in &known.registered.names {
            holders.entry(name).or_default().push(known.listed);
        }
    }
    // With the span of the macro's call. If it had that of the crate, as the import around it has,
    // the compiler would suggest to write `orders as other_…` in the list.
    let taken = Ident::new("taken", Span::call_site());
    let mut imports = TokenStream::new();
    for (name, holders) in &holders {
        for (position, listed) in holders.iter().enumerate() {
            imports.extend(import(name, listed, &holders[..position], &taken, krate));
        }
    }
    imports
}

/// Returns the import of a name that a crate has, unless one of the crates `before` it has the same
/// name: if both are listed, that is an error already.
fn import(
    name: &UniqueName,
    listed: &ListedCrate,
    before: &[&ListedCrate],
    taken: &Ident,
    krate: &Path,
) -> TokenStream {
    let users = listed.name.span();
    let span = at(users);
    let macro_name = name.macro_name(span);
    let krate = located_at(krate, users);
    let cfgs = &listed.cfgs;
    let others = before.iter().map(|listed| {
        let predicates = listed.cfgs.iter().map(|cfg| match &cfg.meta {
            Meta::List(list) => list.tokens.clone(),
            // An error, which the compiler shows at the link to the crate.
            Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
        });
        quote!(all(#(#predicates),*))
    });
    let alone = (!before.is_empty()).then(|| quote!(#[cfg(not(any(#(#others),*)))]));
    quote_spanned! {span=>
        #(#cfgs)*
        #alone
        #[doc(hidden)]
        #[allow(unused_imports)]
        pub(crate) use #krate::__private::#taken as #macro_name;
    }
}

/// Returns the path in its own context, with errors at another place.
fn located_at(path: &Path, place: Span) -> TokenStream {
    let tokens = path.to_token_stream().into_iter().map(|mut token| {
        token.set_span(token.span().located_at(place));
        token
    });
    tokens.collect()
}
