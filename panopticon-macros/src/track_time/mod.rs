//! `#[track_time]`: parse (`parse`, `function`), validate (`validate`), expand (`codegen`, `body`).

mod body;
mod codegen;
mod parse;
mod validate;

use proc_macro2::TokenStream;

use self::parse::RawArgs;
use self::validate::ValidTimer;
use crate::errors::Errors;
use crate::function::Function;
use crate::refusal::{refused_function, refused_item};

const ATTRIBUTE: &str = "track_time";

/// Expands the attribute to the function with a timer in its body, or to the function and every
/// mistake as a compile error.
pub(crate) fn expand(args: TokenStream, item: &TokenStream) -> TokenStream {
    let function = match Function::parse(item.clone(), ATTRIBUTE) {
        Ok(function) => function,
        Err(error) => return refused_item(&error, item),
    };
    let mut errors = Errors::default();
    let args = RawArgs::parse(args, &mut errors);
    match ValidTimer::new(args, &function, errors) {
        Ok(timer) => timer.expand(&function),
        Err(error) => refused_function(&error, ATTRIBUTE, &function, &function.signature),
    }
}
