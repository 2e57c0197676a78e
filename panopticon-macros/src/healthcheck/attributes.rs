//! The other attributes of an annotated function that its registration needs too.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token, parse_quote};

use crate::function::ends_in;

/// Returns the attributes that the registration shares with the function.
///
/// It exists if the function does (`cfg`). Because it names the function and its types again, it
/// allows what the function allows, and deprecated names.
pub(super) fn shared(attributes: &[Attribute]) -> Vec<Meta> {
    attributes.iter().filter_map(|attribute| shared_meta(&attribute.meta)).collect()
}

fn shared_meta(meta: &Meta) -> Option<Meta> {
    let path = meta.path();
    if ends_in(path, &["cfg", "allow"]) {
        Some(meta.clone())
    } else if ends_in(path, &["expect"]) {
        // The lint fires in the function, but maybe not here.
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

/// Returns the attributes in a `cfg_attr` that are shared.
fn shared_if(arguments: &TokenStream) -> Option<Meta> {
    let is_comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
    let mut tokens = arguments.clone().into_iter();
    let condition: TokenStream = tokens.by_ref().take_while(|token| !is_comma(token)).collect();
    let attributes = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(tokens.collect());
    let shared: Vec<Meta> = attributes.ok()?.iter().filter_map(shared_meta).collect();
    (!shared.is_empty()).then(|| parse_quote!(cfg_attr(#condition, #(#shared),*)))
}
