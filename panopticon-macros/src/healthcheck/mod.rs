//! `#[healthcheck]`: parse (`options`, `signature`, `attributes`), validate (`model`), expand
//! (`codegen`).

mod attributes;
mod codegen;
mod model;
mod signature;

use proc_macro2::TokenStream;

use self::model::ValidCheck;
use self::signature::Function;
use crate::options::{OF_HEALTH_CHECK, RawOptions};
use crate::problem::Problems;

/// Expands the attribute: the item as it was, with its registration, or with every mistake in it
/// as a compile error.
pub(crate) fn expand(args: TokenStream, item: &TokenStream) -> TokenStream {
    let function = match Function::parse(item.clone()) {
        Ok(function) => function,
        Err(error) => return codegen::refused_item(&error, item),
    };
    let mut problems = Problems::default();
    let options = RawOptions::parse(args, &OF_HEALTH_CHECK, &mut problems);
    let check = ValidCheck::new(options, &function, &mut problems);
    match problems.into_error(&format!("health check `{}`", function.signature.ident)) {
        None => codegen::registered_function(&check, item),
        Some(error) => codegen::refused_function(&error, &function),
    }
}
