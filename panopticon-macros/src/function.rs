//! The item that an attribute is on, read as far as the macros need it, which excludes the body.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, Path, Signature, Visibility};

/// An annotated function.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// The block, unparsed, because parsing costs compile time; or a semicolon.
    pub(crate) body: TokenTree,
}

impl Function {
    /// Reads a function; anything else is an error about the attribute.
    pub(crate) fn parse(item: TokenStream, attribute: &str) -> syn::Result<Self> {
        let function = |input: ParseStream<'_>| {
            let attributes = input.call(Attribute::parse_outer)?;
            let visibility: Visibility = input.parse()?;
            refuse_other_items(input, attribute)?;
            let signature: Signature = input.parse()?;
            let body = input.parse()?;
            Ok(Self { attributes, visibility, signature, body })
        };
        function.parse2(item)
    }
}

/// Returns whether the attribute's path ends in one of `names`.
pub(crate) fn is_named(attribute: &Attribute, names: &[&str]) -> bool {
    ends_in(attribute.path(), names)
}

/// Returns whether the path's last word is one of `names`.
pub(crate) fn ends_in(path: &Path, names: &[&str]) -> bool {
    path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
}

/// Refuses items that are not functions, pointing at the keyword that says what they are.
fn refuse_other_items(input: ParseStream<'_>, attribute: &str) -> syn::Result<()> {
    const QUALIFIERS: [&str; 6] = ["const", "async", "unsafe", "safe", "extern", "default"];
    let ahead = input.fork();
    let mut tokens = std::iter::from_fn(|| ahead.parse::<TokenTree>().ok());
    let Some(first) = tokens.next() else {
        let message = format!("`#[{attribute}]` must be on a function; write one below it");
        return Err(input.error(message));
    };
    let is_word = |token: &TokenTree, words: &[&str]| match token {
        TokenTree::Ident(ident) => words.iter().any(|word| ident == word),
        _ => false,
    };
    let mut candidate = Some(first.clone());
    while let Some(token) = &candidate {
        let is_abi_name = matches!(token, TokenTree::Literal(_));
        if is_word(token, &["fn"]) {
            return Ok(());
        }
        if !is_word(token, &QUALIFIERS) && !is_abi_name {
            break;
        }
        candidate = tokens.next();
    }
    let message = format!(
        "`#[{attribute}]` must be on a function, not on `{first}`; write it above a function"
    );
    Err(Error::new_spanned(first, message))
}
