//! The rules for a function that is timed.

use proc_macro2::{Delimiter, Group, TokenTree};
use syn::ext::IdentExt;
use syn::{Path, parse_quote};

use super::parse::{RawArgs, Tag, Unit, broken_name};
use crate::errors::Errors;
use crate::function::{Function, is_named};
use crate::metric;

/// A timer that can be put into a function.
pub(super) struct ValidTimer {
    pub(super) name: String,
    pub(super) unit: Unit,
    pub(super) tags: Vec<Tag>,
    /// The path to panopticon.
    pub(super) krate: Path,
    pub(super) body: Group,
}

impl ValidTimer {
    /// Applies every rule; fails with every mistake, in source order.
    pub(super) fn new(raw: RawArgs, function: &Function, mut errors: Errors) -> syn::Result<Self> {
        let Function { attributes, signature, body, .. } = function;
        for second in attributes.iter().filter(|attribute| is_named(attribute, &["track_time"])) {
            errors.push(second, "have only one `#[track_time]`; remove this one");
        }
        if let Some(constness) = signature.constness {
            errors.push(
                constness,
                "not be `const`, because there is no clock at compile time; remove `const`, or the \
                 attribute",
            );
        }
        let name = signature.ident.unraw().to_string();
        let rule = metric::check_name(&name).err();
        if let Some(rule) = rule.filter(|_| !raw.mentions_name) {
            errors.push(&signature.ident, broken_name(&rule));
        }
        let subject = format!("timed function `{}`", signature.ident);
        let Some(block) = block(body) else {
            errors.push(body, "have a body to time; write the attribute where the body is");
            return Err(errors.into_error(&subject));
        };
        errors.finish(&subject)?;
        Ok(Self {
            name: raw.name.map_or(name, |name| name.value()),
            unit: raw.unit.unwrap_or_default(),
            tags: raw.tags,
            krate: raw.krate.unwrap_or_else(|| parse_quote!(::panopticon)),
            body: block,
        })
    }
}

/// Returns the block in braces, even if a `macro_rules!` passes it on as `$body:block`.
fn block(body: &TokenTree) -> Option<Group> {
    let TokenTree::Group(group) = body else {
        return None;
    };
    match group.delimiter() {
        Delimiter::None => block(&group.stream().into_iter().next()?),
        _ => Some(group.clone()),
    }
}
