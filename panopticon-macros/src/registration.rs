//! What all macros write: an element of panopticon's registry, and what proves its name.

use std::env;
use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Meta, Path};

use crate::options::{Options, Probe};

/// An element of the registry, under `attributes`, beside `proofs`.
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
            // One import, or a `crate = …` that is wrong would be an error for each use of it.
            use #krate::__private as #private;
            #proofs
            #[#private::linkme::distributed_slice(#private::REGISTRY)]
            #[linkme(crate = #private::linkme)]
            static __PANOPTICON_ENTRY: #private::Entry = #private::Entry::#entry;
        };
    }
}

/// A span that errors show as the user's own, while lints know it for a macro's.
pub(crate) fn at(users: Span) -> Span {
    Span::mixed_site().located_at(users)
}

/// The module that generated code calls into, as imported there. Its span is where errors of the
/// path that begins with it are shown.
pub(crate) fn private(span: Span) -> Ident {
    Ident::new("__panopticon", span)
}

/// A macro that nobody calls. Exported macros have one namespace a crate, whatever module they
/// stand in: a second one of the same name is an error of the compiler, which shows both. So it is
/// where `discover!` brings together those of several crates. All that these errors say of the
/// mistake is the macro's name, so it is the message: what is wrong, and what to do.
pub(crate) fn proof_of_uniqueness(macro_name: &str, span: Span) -> TokenStream {
    let macro_name = Ident::new(macro_name, span);
    // All of it is at `span`, for that is what the compiler shows of both.
    quote_spanned! {span=>
        #[doc(hidden)]
        #[macro_export]
        #[allow(non_local_definitions)]
        macro_rules! #macro_name { () => {}; }
    }
}

/// A component's or collection's name as a part of a macro's name. No two give the same.
///
/// An identifier has no `.` and no `-`. Where the name has one, they are written out, and so that
/// nothing else could be meant by that, `_` is doubled; `spelled`, where other names have `named`.
pub(crate) fn as_part_of_identifier(name: &str) -> String {
    if !name.contains(['.', '-']) {
        return format!("named_{name}");
    }
    name.chars().fold("spelled_".to_owned(), |mut spelled, character| {
        match character {
            '_' => spelled.push_str("__"),
            '.' => spelled.push_str("_dot_"),
            '-' => spelled.push_str("_dash_"),
            letter => spelled.push(letter),
        }
        spelled
    })
}

/// The place of a macro's call: `line!()` is the line of `span`, if that is the user's own.
///
/// What cargo says of the crate is written out, for `option_env!` in every expansion would take the
/// compiler longer than all of the rest of the place.
pub(crate) fn origin(span: Span) -> TokenStream {
    let of_package = |variable| env::var(variable).unwrap_or_default();
    let (package, version) = (of_package("CARGO_PKG_NAME"), of_package("CARGO_PKG_VERSION"));
    // Set for binaries and examples; for integration tests and benchmarks
    // (<https://doc.rust-lang.org/cargo/reference/environment-variables.html>).
    let is_program = ["CARGO_BIN_NAME", "CARGO_TARGET_TMPDIR"]
        .iter()
        .any(|variable| env::var_os(variable).is_some());
    let private = private(span);
    quote_spanned!(span=> #private::origin!(#package, #version, #is_program))
}

/// The options as the registry has them.
pub(crate) fn options(options: &Options) -> TokenStream {
    let private = private(Span::call_site());
    let duration = |duration: Duration| {
        let (seconds, nanoseconds) = (duration.as_secs(), duration.subsec_nanos());
        quote!(#private::Duration::new(#seconds, #nanoseconds))
    };
    let probe = |probe: Probe| match probe {
        Probe::Liveness => quote!(#private::Probe::Liveness),
        Probe::Readiness => quote!(#private::Probe::Readiness),
        Probe::Startup => quote!(#private::Probe::Startup),
    };
    let fields: Vec<TokenStream> = [
        ("timeout", options.timeout.map(duration)),
        ("cache", options.cache.map(duration)),
        ("interval", options.interval.map(duration)),
        ("initial_delay", options.initial_delay.map(duration)),
        ("failure_threshold", options.failure_threshold.map(|count| quote!(#count))),
        ("success_threshold", options.success_threshold.map(|count| quote!(#count))),
        ("critical", options.critical.map(|critical| quote!(#critical))),
        ("tags", options.tags.as_ref().map(|tags| quote!(&[#(#tags),*]))),
        ("probe", options.probe.map(probe)),
    ]
    .into_iter()
    .filter_map(|(field, value)| {
        let (field, value) = (Ident::new(field, Span::call_site()), value?);
        Some(quote!(#field: ::core::option::Option::Some(#value),))
    })
    .collect();
    if fields.is_empty() {
        return quote!(#private::Options::NONE);
    }
    quote!(#private::Options { #(#fields)* ..#private::Options::NONE })
}
