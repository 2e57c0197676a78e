//! The other attributes of an annotated function: what they mean for its registration.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token, parse_quote};

use crate::function::ends_in;

/// The attributes that a function's registration shares with it.
///
/// It stands where the function does (`cfg`), and since it names the function and its types once
/// more, it is allowed what the function is allowed, and to name what is deprecated.
pub(super) fn shared(attributes: &[Attribute]) -> Vec<Meta> {
    attributes.iter().filter_map(|attribute| shared_meta(&attribute.meta)).collect()
}

fn shared_meta(meta: &Meta) -> Option<Meta> {
    let path = meta.path();
    if ends_in(path, &["cfg", "allow"]) {
        Some(meta.clone())
    } else if ends_in(path, &["expect"]) {
        // Expected of the function, where it does occur; here it may not.
        let lints = &meta.require_list().ok()?.tokens;
        Some(parse_quote!(allow(#lints)))
    } else if ends_in(path, &["deprecated"]) {
        Some(parse_quote!(allow(deprecated)))
    } else if ends_in(path, &["cfg_attr"]) {
        shared_if(&meta.require_list().ok()?.tokens)
    } else {
        None
    }
}

/// What is shared of the attributes of a `cfg_attr`.
fn shared_if(arguments: &TokenStream) -> Option<Meta> {
    let is_comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
    let mut tokens = arguments.clone().into_iter();
    let condition: TokenStream = tokens.by_ref().take_while(|token| !is_comma(token)).collect();
    let attributes = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(tokens.collect());
    let shared: Vec<Meta> = attributes.ok()?.iter().filter_map(shared_meta).collect();
    (!shared.is_empty()).then(|| parse_quote!(cfg_attr(#condition, #(#shared),*)))
}
