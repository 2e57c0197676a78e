//! The list in `discover!(…)`.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, LitStr, Path, parse_quote};

use crate::arguments::split_at_commas;
use crate::errors::Errors;

/// A list without mistakes.
pub(super) struct CrateList {
    pub(super) crates: Vec<ListedCrate>,
    /// The path to panopticon.
    pub(super) krate: Path,
}

/// A crate in the list.
pub(super) struct ListedCrate {
    pub(super) name: Ident,
    /// Whether its macros are not imported, because one of them clashes with another crate's.
    pub(super) link_only: bool,
    /// The conditions under which it is listed.
    pub(super) cfgs: Vec<Attribute>,
}

impl CrateList {
    /// Reads the list; fails with every mistake in it.
    pub(super) fn parse(args: TokenStream) -> syn::Result<Self> {
        let mut errors = Errors::default();
        let mut list = Self { crates: Vec::new(), krate: parse_quote!(::panopticon) };
        let mut is_empty = true;
        for (element, comma) in split_at_commas(args) {
            match (element.as_slice(), comma) {
                ([], Some(comma)) => {
                    errors.push(comma, "list a crate before this comma; remove the comma");
                }
                ([], None) => continue,
                ([TokenTree::Ident(key), TokenTree::Punct(equals), path @ ..], _)
                    if key == "crate" && equals.as_char() == '=' =>
                {
                    list.parse_path_to_panopticon(key, path, &mut errors);
                    continue;
                }
                (element, _) => list.parse_element(element, &mut errors),
            }
            is_empty = false;
        }
        if is_empty {
            errors.push(
                TokenStream::new(),
                "list the crates that have health checks; write `discover!(orders, billing);`",
            );
        }
        errors.finish("`discover!`")?;
        Ok(list)
    }

    fn parse_path_to_panopticon(&mut self, key: &Ident, path: &[TokenTree], errors: &mut Errors) {
        let written: TokenStream = path.iter().cloned().collect();
        match Path::parse_mod_style.parse2(written.clone()) {
            Ok(path) => self.krate = path,
            Err(_) => errors.push(
                if path.is_empty() { key.to_token_stream() } else { written },
                "give `crate` the path of panopticon, without quotes or parameters; write \
                 `crate = renamed::panopticon`",
            ),
        }
    }

    fn parse_element(&mut self, element: &[TokenTree], errors: &mut Errors) {
        let attributes_and_name = |input: ParseStream<'_>| {
            Ok((input.call(Attribute::parse_outer)?, input.call(Ident::parse_any)?))
        };
        let tokens: TokenStream = element.iter().cloned().collect();
        match attributes_and_name.parse2(tokens.clone()) {
            Ok((attributes, name)) => self.add(&attributes, name, errors),
            Err(_) => refuse_malformed(element, tokens, errors),
        }
    }

    fn add(&mut self, attributes: &[Attribute], name: Ident, errors: &mut Errors) {
        let mut listed = ListedCrate { name, link_only: false, cfgs: Vec::new() };
        for attribute in attributes {
            listed.add_attribute(attribute, errors);
        }
        let name = &listed.name;
        if matches!(name.to_string().as_str(), "crate" | "self" | "super" | "Self" | "_") {
            errors.push(
                name,
                format!(
                    "not list `{name}`, because this crate's own health checks are always found; remove it"
                ),
            );
        } else if name == "panopticon" {
            errors.push(name, "not list `panopticon`, which has no health checks; remove it");
        } else if self.crates.iter().any(|known| known.name.unraw() == name.unraw()) {
            errors.push(name, format!("list `{name}` once; remove one of the two"));
        } else {
            self.crates.push(listed);
        }
    }
}

impl ListedCrate {
    fn add_attribute(&mut self, attribute: &Attribute, errors: &mut Errors) {
        let name = &self.name;
        if attribute.path().is_ident("cfg") {
            self.cfgs.push(attribute.clone());
        } else if !attribute.path().is_ident("link_only") {
            errors.push(
                attribute,
                format!(
                    "have no attributes but `#[link_only]` and `#[cfg(…)]`; remove this one \
                     from `{name}`"
                ),
            );
        } else if attribute.meta.require_path_only().is_err() {
            errors.push(attribute, "give `link_only` no value; write `#[link_only]`");
        } else if self.link_only {
            errors.push(attribute, format!("have one `#[link_only]` on `{name}`; remove this one"));
        } else {
            self.link_only = true;
        }
    }
}

/// Refuses an element that is not a crate.
fn refuse_malformed(element: &[TokenTree], tokens: TokenStream, errors: &mut Errors) {
    let written = tokens.to_string().replace(' ', "");
    let fix = match element {
        [TokenTree::Ident(_), second @ TokenTree::Ident(_), ..] => {
            errors.push(second, "have a comma between two crates; write one before this");
            return;
        }
        [TokenTree::Ident(name), TokenTree::Punct(hash), TokenTree::Group(_)]
            if hash.as_char() == '#' =>
        {
            let attribute: TokenStream = element[1..].iter().cloned().collect();
            errors.push(
                attribute,
                format!("have attributes before a crate's name; write it before `{name}`"),
            );
            return;
        }
        [TokenTree::Group(group)] if group.delimiter() != Delimiter::None => {
            "remove the brackets".to_owned()
        }
        element => match crate_named_in(element) {
            Some(name) => format!("write `{name}` alone"),
            None => "write `orders`, for example".to_owned(),
        },
    };
    errors.push(tokens, format!("list crates by their names in code, not `{written}`; {fix}"));
}

/// Returns the crate that was meant by a path, a text or a name with dashes.
fn crate_named_in(element: &[TokenTree]) -> Option<String> {
    let is_dash =
        |token: &TokenTree| matches!(token, TokenTree::Punct(dash) if dash.as_char() == '-');
    let as_name = |text: String| {
        Some(text.replace('-', "_")).filter(|name| syn::parse_str::<Ident>(name).is_ok())
    };
    if let [TokenTree::Literal(text)] = element {
        return as_name(syn::parse2::<LitStr>(text.to_token_stream()).ok()?.value());
    }
    if element.iter().any(is_dash) {
        let written: TokenStream = element.iter().cloned().collect();
        return as_name(written.to_string().replace(' ', ""));
    }
    element.iter().find_map(|token| match token {
        TokenTree::Ident(first) => Some(first.to_string()),
        _ => None,
    })
}
