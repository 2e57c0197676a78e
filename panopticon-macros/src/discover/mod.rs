//! `discover!`: parse and validate (`parse`), find what the listed crates register (`metadata`),
//! expand (`codegen`, `taken_names`).

mod codegen;
mod metadata;
mod parse;
mod taken_names;

use proc_macro2::TokenStream;
use syn::Error;

use self::parse::CrateList;

/// Expands the macro to a link to each listed crate and its registration, or to every mistake in
/// the list as a compile error.
pub(crate) fn expand(args: TokenStream) -> TokenStream {
    CrateList::parse(args).map_or_else(Error::into_compile_error, |list| list.expand())
}
