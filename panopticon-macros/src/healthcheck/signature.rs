//! The annotated item, read as far as a health check needs it: not the function's body.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Signature, Visibility};

/// An annotated function.
pub(super) struct Function {
    pub(super) attributes: Vec<Attribute>,
    pub(super) visibility: Visibility,
    pub(super) signature: Signature,
    /// The block, unread: parsing it would cost compile time and tell nothing. Or a semicolon.
    pub(super) body: TokenTree,
}

impl Function {
    /// Reads a function; anything else is an error that says where the attribute belongs.
    pub(super) fn parse(item: TokenStream) -> syn::Result<Self> {
        syn::parse2(item)
    }
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility: Visibility = input.parse()?;
        refuse_other_items(input)?;
        let signature: Signature = input.parse()?;
        let body = input.parse()?;
        Ok(Self { attributes, visibility, signature, body })
    }
}

/// Refuses items that are not functions, pointing at the word that says what they are.
fn refuse_other_items(input: ParseStream<'_>) -> syn::Result<()> {
    const QUALIFIERS: [&str; 6] = ["const", "async", "unsafe", "safe", "extern", "default"];
    let ahead = input.fork();
    let mut tokens = std::iter::from_fn(|| ahead.parse::<TokenTree>().ok());
    let Some(first) = tokens.next() else {
        return Err(input.error("`#[healthcheck]` must stand above a function; write one below it"));
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
        "`#[healthcheck]` must stand above a function, not above `{first}`; \
         write it above the function that checks"
    );
    Err(Error::new_spanned(first, message))
}
