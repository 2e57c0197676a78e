//! What all macros write: an element of panopticon's registry.

use std::env;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Meta, Path};

/// The rule that something in a crate of procedural macros breaks, after "health check `x` must".
pub(crate) const IN_PROCEDURAL_MACROS: &str = "not be in a crate of procedural macros, which only \
     the compiler runs; move it to the crate that they are for";

/// Writes an element of the registry next to the proofs of its name, with `attributes`.
pub(crate) fn registration(
    krate: &Path,
    attributes: &[Meta],
    proofs: &TokenStream,
    entry: &TokenStream,
) -> TokenStream {
    let private = private(Span::call_site());
    quote! {
        #(#[#attributes])*
        const _: () = {
            // One import, so that a wrong `crate = …` is one error.
            use #krate::__private as #private;
            #proofs
            #[#private::linkme::distributed_slice(#private::REGISTRY)]
            #[linkme(crate = #private::linkme)]
            static __PANOPTICON_ENTRY: #private::RegistryEntry = #private::RegistryEntry::#entry;
        };
    }
}

/// Returns a span that errors show as the user's own, while lints know that it is a macro's.
pub(crate) fn at(users: Span) -> Span {
    Span::mixed_site().located_at(users)
}

/// Returns the name under which generated code imports the module it calls into. Errors of a path
/// that begins with it are shown at `span`.
pub(crate) fn private(span: Span) -> Ident {
    Ident::new("__panopticon", span)
}

/// Writes the place of a macro's call: `line!()` is the line of `span`, if that is the user's own.
///
/// What cargo knows about the crate is written as literals, because `option_env!` in every
/// expansion takes the compiler longer than the rest of the place.
pub(crate) fn origin(span: Span) -> TokenStream {
    let variable = |variable| env::var(variable).unwrap_or_default();
    let (package, version) = (variable("CARGO_PKG_NAME"), variable("CARGO_PKG_VERSION"));
    // Set for binaries and examples; for integration tests and benchmarks
    // (<https://doc.rust-lang.org/cargo/reference/environment-variables.html>).
    let is_program = ["CARGO_BIN_NAME", "CARGO_TARGET_TMPDIR"]
        .iter()
        .any(|variable| env::var_os(variable).is_some());
    let private = private(span);
    quote_spanned!(span=> #private::origin!(#package, #version, #is_program))
}
