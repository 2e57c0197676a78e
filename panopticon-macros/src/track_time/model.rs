//! The rules: what a function must be to be timed.

use proc_macro2::{Delimiter, Group, TokenTree};
use syn::ext::IdentExt;
use syn::{Path, parse_quote};

use super::args::{RawArgs, Tag, Unit, broken_name};
use crate::function::{Function, is_named};
use crate::metric;
use crate::problem::Problems;

/// What times a function. With any problem reported, its parts are placeholders.
pub(super) struct ValidTimer {
    pub(super) name: String,
    pub(super) unit: Unit,
    pub(super) tags: Vec<Tag>,
    /// The way to panopticon.
    pub(super) krate: Path,
    pub(super) body: Group,
}

impl ValidTimer {
    /// Applies every rule; each one broken goes to `problems`, in source order.
    pub(super) fn new(raw: RawArgs, function: &Function, problems: &mut Problems) -> Option<Self> {
        let Function { attributes, signature, body, .. } = function;
        for second in attributes.iter().filter(|attribute| is_named(attribute, &["track_time"])) {
            problems.push(
                second,
                "have one `#[track_time]`, or each call is recorded twice; remove this one",
            );
        }
        if let Some(constness) = signature.constness {
            problems.push(
                constness,
                "not be `const`, for there is no clock where a constant is computed; remove the \
                 word, or the attribute",
            );
        }
        let name = signature.ident.unraw().to_string();
        let rule = metric::check_name(&name).err();
        if let Some(rule) = rule.filter(|_| !raw.mentions_name) {
            problems.push(&signature.ident, broken_name(&rule));
        }
        let body = block(body);
        if body.is_none() {
            problems.push(
                &function.body,
                "have a body, for that is what is timed; write the attribute where the body is",
            );
        }
        Some(Self {
            name: raw.name.map_or(name, |name| name.value()),
            unit: raw.unit.unwrap_or_default(),
            tags: raw.tags,
            krate: raw.krate.unwrap_or_else(|| parse_quote!(::panopticon)),
            body: body?,
        })
    }
}

/// The block in braces, also of what a `macro_rules!` passes on as `$body:block`.
fn block(body: &TokenTree) -> Option<Group> {
    let TokenTree::Group(group) = body else {
        return None;
    };
    match group.delimiter() {
        Delimiter::None => block(&group.stream().into_iter().next()?),
        _ => Some(group.clone()),
    }
}
