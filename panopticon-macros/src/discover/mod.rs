//! `discover!`: parse (`list`), expand (`codegen`).

mod codegen;
mod list;

use proc_macro2::TokenStream;

use self::list::CrateList;
use crate::problem::Problems;

/// Expands the macro: a link to each listed crate and its registration, or every mistake in the
/// list as a compile error.
pub(crate) fn expand(args: TokenStream) -> TokenStream {
    let mut problems = Problems::default();
    let list = CrateList::parse(args, &mut problems);
    match problems.into_error("`discover!`") {
        None => codegen::linked_crates(&list),
        Some(error) => error.to_compile_error(),
    }
}
