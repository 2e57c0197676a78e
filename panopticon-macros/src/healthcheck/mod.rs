//! `#[healthcheck]`: parse (`options`, `function`), validate (`validate`, `resources`,
//! `attributes`), expand (`codegen`).

mod attributes;
mod codegen;
mod resources;
mod validate;

use proc_macro2::TokenStream;
use syn::Signature;

use self::validate::ValidCheck;
use crate::command_line::is_of_procedural_macros;
use crate::errors::Errors;
use crate::function::Function;
use crate::options::{Macro, RawOptions};
use crate::refusal::{refused_function, refused_item};
use crate::registration::IN_PROCEDURAL_MACROS;

const ATTRIBUTE: &str = "healthcheck";

/// Expands the attribute to the item and its registration, or to the item and every mistake as a
/// compile error.
pub(crate) fn expand(args: TokenStream, item: &TokenStream) -> TokenStream {
    let function = match Function::parse(item.clone(), ATTRIBUTE) {
        Ok(function) => function,
        Err(error) => return refused_item(&error, item),
    };
    let mut errors = Errors::default();
    if is_of_procedural_macros() {
        errors.push(&function.signature.ident, IN_PROCEDURAL_MACROS);
    }
    let options = RawOptions::parse(args, Macro::HealthCheck, &mut errors);
    match ValidCheck::new(options, &function, errors) {
        Ok(check) => check.expand(item),
        Err(error) => {
            // Without the refused words, about which rustc has errors of its own: the body of a
            // `const fn`, types that C does not know.
            let signature = function.signature.clone();
            let signature = Signature { constness: None, abi: None, variadic: None, ..signature };
            refused_function(&error, ATTRIBUTE, &function, &signature)
        }
    }
}
