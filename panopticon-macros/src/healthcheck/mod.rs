//! `#[healthcheck]`: parse (`args`, `signature`, `attributes`), validate (`model`), expand (`codegen`).

mod args;
mod attributes;
mod codegen;
mod model;
mod problem;
mod signature;

use proc_macro2::TokenStream;

use self::args::RawArgs;
use self::model::ValidCheck;
use self::problem::Problems;
use self::signature::Function;

/// Expands the attribute: the item as it was, with its registration, or with every mistake in it
/// as a compile error.
pub(crate) fn expand(args: TokenStream, item: &TokenStream) -> TokenStream {
    let function = match Function::parse(item.clone()) {
        Ok(function) => function,
        Err(error) => return codegen::refused_item(&error, item),
    };
    let mut problems = Problems::default();
    let args = RawArgs::parse(args, &mut problems);
    let check = ValidCheck::new(args, &function, &mut problems);
    match problems.into_error(&function) {
        None => codegen::registered_function(&check, item),
        Some(error) => codegen::refused_function(&error, &function),
    }
}
