//! What an attribute expands to where it is refused: its errors, and what it stands above all the
//! same, so that nothing else fails for want of it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Signature};

use crate::function::{Function, is_named};

/// The function, with a signature that rustc does not complain of in its own way.
pub(crate) fn refused_function(
    error: Option<&Error>,
    attribute: &str,
    function: &Function,
    signature: &Signature,
) -> TokenStream {
    let Function { attributes, visibility, body, .. } = function;
    let errors = error.map(Error::to_compile_error);
    // A second attribute would expand again, and complain again.
    let attributes = attributes.iter().filter(|other| !is_named(other, &[attribute]));
    quote! {
        #errors
        #(#attributes)*
        #visibility #signature #body
    }
}

/// The item, whatever it is.
pub(crate) fn refused_item(error: &Error, item: &TokenStream) -> TokenStream {
    let errors = error.to_compile_error();
    quote!(#errors #item)
}
