//! `#[healthcheck]`: parse (`options`, `function`, `attributes`), validate (`model`), expand
//! (`codegen`).

mod attributes;
mod codegen;
mod model;

use proc_macro2::TokenStream;
use syn::Signature;

use self::model::ValidCheck;
use crate::function::{Function, Place};
use crate::options::{OF_HEALTH_CHECK, RawOptions};
use crate::problem::Problems;
use crate::refusal::{refused_function, refused_item};

const BELONGS: Place = Place { attribute: "healthcheck", above: "the function that checks" };

/// Expands the attribute: the item as it was, with its registration, or with every mistake in it
/// as a compile error.
pub(crate) fn expand(args: TokenStream, item: &TokenStream) -> TokenStream {
    let function = match Function::parse(item.clone(), &BELONGS) {
        Ok(function) => function,
        Err(error) => return refused_item(&error, item),
    };
    let mut problems = Problems::default();
    let options = RawOptions::parse(args, &OF_HEALTH_CHECK, &mut problems);
    let check = ValidCheck::new(options, &function, &mut problems);
    match problems.into_error(&format!("health check `{}`", function.signature.ident)) {
        None => codegen::registered_function(&check, item),
        Some(error) => {
            // Without the words that were refused and that rustc would complain of in its own way:
            // of the body of a `const fn`, of types that C does not know.
            let signature = function.signature.clone();
            let signature = Signature { constness: None, abi: None, variadic: None, ..signature };
            refused_function(Some(&error), BELONGS.attribute, &function, &signature)
        }
    }
}
