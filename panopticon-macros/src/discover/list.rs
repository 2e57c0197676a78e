//! The grammar of `discover!(…)`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Path, Token, parse_quote};

use crate::problem::Problems;

/// The crates as listed, none of them twice.
pub(super) struct CrateList {
    pub(super) crates: Vec<ListedCrate>,
    /// The way to panopticon.
    pub(super) krate: Path,
}

/// A crate as listed.
pub(super) struct ListedCrate {
    pub(super) name: Ident,
    /// Whether its macros stay where they are, since one of them clashes with another crate's.
    pub(super) link_only: bool,
}

impl CrateList {
    /// Reads the list; a malformed element does not hide the mistakes of the next.
    pub(super) fn parse(args: TokenStream, problems: &mut Problems) -> Self {
        let mut list = Self { crates: Vec::new(), krate: parse_quote!(::panopticon) };
        let mut is_empty = true;
        for element in split_at_commas(args) {
            is_empty = false;
            list.parse_element(element, problems);
        }
        if is_empty {
            problems.push(
                TokenStream::new(),
                "list the crates that have health checks; write `discover!(orders, billing);`",
            );
        }
        list
    }

    fn parse_element(&mut self, element: TokenStream, problems: &mut Problems) {
        let parsed = |input: ParseStream<'_>| {
            if input.peek(Token![crate]) && input.peek2(Token![=]) {
                input.parse::<Token![crate]>()?;
                input.parse::<Token![=]>()?;
                return Ok(Element::Panopticon(input.call(Path::parse_mod_style)?));
            }
            let attributes = input.call(Attribute::parse_outer)?;
            Ok(Element::Crate(attributes, input.call(Ident::parse_any)?))
        };
        match parsed.parse2(element.clone()) {
            Ok(Element::Panopticon(path)) => self.krate = path,
            Ok(Element::Crate(attributes, name)) => self.add(&attributes, name, problems),
            Err(_) => {
                let written = element.to_string().replace(' ', "");
                let mend = match crate_named_in(&element) {
                    Some(name) => format!("write `{name}` alone"),
                    None => "write for instance `orders`".to_owned(),
                };
                problems.push(
                    element,
                    format!(
                        "list crates by the names that code has for them, not `{written}`; {mend}"
                    ),
                );
            }
        }
    }

    fn add(&mut self, attributes: &[Attribute], name: Ident, problems: &mut Problems) {
        let is_link_only = |attribute: &Attribute| {
            attribute.path().is_ident("link_only") && attribute.meta.require_path_only().is_ok()
        };
        for unknown in attributes.iter().filter(|attribute| !is_link_only(attribute)) {
            problems.push(
                unknown,
                format!("have no attribute but `#[link_only]`; remove this one of `{name}`"),
            );
        }
        if matches!(name.to_string().as_str(), "crate" | "self" | "super" | "Self" | "_") {
            problems.push(
                &name,
                format!("not list `{name}`: the health checks of this crate are always there"),
            );
        } else if self.crates.iter().any(|listed| listed.name == name) {
            problems.push(&name, format!("list `{name}` once; remove one of the two"));
        } else {
            self.crates.push(ListedCrate { name, link_only: attributes.iter().any(is_link_only) });
        }
    }
}

enum Element {
    Crate(Vec<Attribute>, Ident),
    Panopticon(Path),
}

/// The crate that was meant by a path, a text, or a name with dashes.
fn crate_named_in(element: &TokenStream) -> Option<String> {
    let tokens: Vec<TokenTree> = element.clone().into_iter().collect();
    let is_dash =
        |token: &TokenTree| matches!(token, TokenTree::Punct(dash) if dash.as_char() == '-');
    if tokens.iter().any(is_dash) {
        return Some(element.to_string().replace(' ', "").replace('-', "_"))
            .filter(|name| syn::parse_str::<Ident>(name).is_ok());
    }
    if let [TokenTree::Literal(text)] = tokens.as_slice() {
        let name = syn::parse2::<syn::LitStr>(text.to_token_stream()).ok()?.value();
        return Some(name.replace('-', "_")).filter(|name| syn::parse_str::<Ident>(name).is_ok());
    }
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(first) => Some(first.to_string()),
        _ => None,
    })
}

/// What stands between commas; nothing behind the last one.
fn split_at_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let mut elements = Vec::new();
    let mut current = TokenStream::new();
    for token in tokens {
        match token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => {
                elements.push(std::mem::take(&mut current));
            }
            token => current.extend([token]),
        }
    }
    if !current.is_empty() {
        elements.push(current);
    }
    elements
}
