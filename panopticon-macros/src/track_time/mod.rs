//! `#[track_time]`: parse (`args`, `function`), validate (`model`), expand (`codegen`, `body`).

mod args;
mod body;
mod codegen;
mod model;

use proc_macro2::TokenStream;

use self::args::RawArgs;
use self::model::ValidTimer;
use crate::function::{Function, Place};
use crate::problem::Problems;
use crate::refusal::{refused_function, refused_item};

const BELONGS: Place =
    Place { attribute: "track_time", above: "each function that is to be timed" };

/// Expands the attribute: the function with a timer in its body, or as it was, with every mistake
/// as a compile error.
pub(crate) fn expand(args: TokenStream, item: &TokenStream) -> TokenStream {
    let function = match Function::parse(item.clone(), &BELONGS) {
        Ok(function) => function,
        Err(error) => return refused_item(&error, item),
    };
    let mut problems = Problems::default();
    let args = RawArgs::parse(args, &mut problems);
    let timer = ValidTimer::new(args, &function, &mut problems);
    match (problems.into_error(&format!("timed function `{}`", function.signature.ident)), timer) {
        (None, Some(timer)) => codegen::timed_function(&timer, &function),
        (error, _) => {
            refused_function(error.as_ref(), BELONGS.attribute, &function, &function.signature)
        }
    }
}
