//! `collection!`: parse (`options`), validate here, expand (`codegen`).

mod codegen;

use proc_macro2::TokenStream;
use syn::{LitStr, Path, parse_quote};

use crate::options::{OF_COLLECTION, Options, RawOptions};
use crate::problem::Problems;

/// A collection that can be registered.
struct ValidCollection {
    name: LitStr,
    options: Options,
    /// The way to panopticon.
    krate: Path,
}

/// Expands the macro: the collection's registration, or every mistake in it as a compile error.
pub(crate) fn expand(args: TokenStream) -> TokenStream {
    let mut problems = Problems::default();
    let RawOptions { name, options, krate, .. } = parse(args, &mut problems);
    let subject = match &name {
        Some(name) => format!("collection `{}`", name.value()),
        None => "a collection".to_owned(),
    };
    match (problems.into_error(&subject), name) {
        (None, Some(name)) => {
            let krate = krate.unwrap_or_else(|| parse_quote!(::panopticon));
            codegen::registered_collection(&ValidCollection { name, options, krate })
        }
        (error, _) => error.map(|error| error.to_compile_error()).unwrap_or_default(),
    }
}

fn parse(args: TokenStream, problems: &mut Problems) -> RawOptions {
    let options = RawOptions::parse(args, &OF_COLLECTION, problems);
    // What was not understood may have been meant for it.
    if !options.mentions("name") && !options.is_misread {
        // Nothing in the parentheses is wrong: the error is at the macro.
        problems.push(
            TokenStream::new(),
            "have a name; write for instance `collection!(name = \"payments\")`",
        );
    }
    options
}
