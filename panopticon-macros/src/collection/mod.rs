//! `collection!`: parse (`options`), validate here, expand (`codegen`).

mod codegen;

use proc_macro2::TokenStream;
use syn::{Error, LitStr, Path, parse_quote};

use crate::command_line::is_of_procedural_macros;
use crate::errors::Errors;
use crate::options::{Macro, RawOptions};
use crate::registration::IN_PROCEDURAL_MACROS;

/// Expands the macro to the collection's registration, or to every mistake as a compile error.
pub(crate) fn expand(args: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    if is_of_procedural_macros() {
        // The error is at the macro.
        errors.push(TokenStream::new(), IN_PROCEDURAL_MACROS);
    }
    let options = RawOptions::parse(args, Macro::Collection, &mut errors);
    ValidCollection::new(options, errors)
        .map_or_else(Error::into_compile_error, |collection| collection.expand())
}

/// A collection that can be registered.
struct ValidCollection {
    name: LitStr,
    /// The calls that set its options.
    setters: Vec<TokenStream>,
    /// The path to panopticon.
    krate: Path,
}

impl ValidCollection {
    /// Fails if there is a mistake in the options, or no name.
    fn new(raw: RawOptions, mut errors: Errors) -> syn::Result<Self> {
        let is_named = raw.mentions("name");
        let Some(name) = raw.name else {
            // What was not understood may be the name.
            if !is_named && !raw.is_misread {
                // The error is at the macro.
                let no_tokens = TokenStream::new();
                errors.push(no_tokens, "have a name; write `collection!(name = \"payments\")`");
            }
            return Err(errors.into_error("a collection"));
        };
        errors.finish(&format!("collection `{}`", name.value()))?;
        let krate = raw.krate.unwrap_or_else(|| parse_quote!(::panopticon));
        Ok(Self { name, setters: raw.setters, krate })
    }
}
