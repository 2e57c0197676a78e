//! What an attribute expands to if it is refused: its errors, and the item that it is on, so that
//! nothing else fails because the item is missing.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Signature};

use crate::function::{Function, is_named};

/// Returns the errors and the function, with a signature that rustc itself accepts.
pub(crate) fn refused_function(
    error: &Error,
    attribute: &str,
    function: &Function,
    signature: &Signature,
) -> TokenStream {
    let Function { attributes, visibility, body, .. } = function;
    let errors = error.to_compile_error();
    // A second attribute would expand as well, and repeat the errors.
    let attributes = attributes.iter().filter(|other| !is_named(other, &[attribute]));
    quote! {
        #errors
        #(#attributes)*
        #visibility #signature #body
    }
}

/// Returns the errors and the item, which is not a function.
pub(crate) fn refused_item(error: &Error, item: &TokenStream) -> TokenStream {
    let errors = error.to_compile_error();
    quote!(#errors #item)
}
