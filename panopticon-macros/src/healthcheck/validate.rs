//! The rules for a function and its options to become a health check.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{
    Generics, Meta, Path, ReturnType, Signature, Type, TypeImplTrait, TypeParamBound, parse_quote,
};

use super::attributes;
use super::resources::{self, Resource};
use crate::errors::Errors;
use crate::function::{Function, is_named};
use crate::name;
use crate::options::RawOptions;

/// A health check that can be registered.
pub(super) struct ValidCheck {
    pub(super) function: Ident,
    pub(super) name: String,
    /// The calls that set its options.
    pub(super) setters: Vec<TokenStream>,
    /// The functions that it depends on.
    pub(super) depends_on: Vec<Path>,
    /// The path to panopticon.
    pub(super) krate: Path,
    pub(super) is_async: bool,
    /// The resources that the parameters take.
    pub(super) resources: Vec<Resource>,
    pub(super) output: ReturnType,
    /// The attributes of the registration.
    pub(super) shared_attributes: Vec<Meta>,
}

impl ValidCheck {
    /// Applies every rule; fails with every mistake, in source order.
    pub(super) fn new(
        raw: RawOptions,
        function: &Function,
        mut errors: Errors,
    ) -> syn::Result<Self> {
        let Function { attributes, signature, body, .. } = function;
        refuse_second_attribute(function, &mut errors);
        refuse_qualifiers(signature, &mut errors);
        let name = signature.ident.unraw().to_string();
        let rule = name::check_component(&name).err();
        if let Some(rule) = rule.filter(|_| !raw.mentions("name")) {
            errors.push(&signature.ident, rule);
        }
        refuse_generic_parameters(&signature.generics, &mut errors);
        if let Some(dependency) = raw.depends_on.first().filter(|_| raw.is_liveness) {
            errors.push(
                dependency,
                "not depend on other checks, because it is a liveness check: while they are \
                 unhealthy, every replica would be restarted; remove `depends_on`, or `liveness`",
            );
        }
        if let Some(key) = raw.key("if_provided").filter(|_| !raw.is_liveness) {
            resources::refuse_none_needed(key, signature, &mut errors);
        }
        let resources = resources::of_parameters(signature, raw.is_liveness, &mut errors);
        refuse_output(signature, &mut errors);
        refuse_where_clause(&signature.generics, &mut errors);
        if let TokenTree::Punct(semicolon) = body {
            errors.push(
                semicolon,
                "have a body; write a free function, outside of traits and `extern` blocks",
            );
        }
        errors.finish(&format!("health check `{}`", signature.ident))?;
        Ok(Self {
            function: signature.ident.clone(),
            name: raw.name.map_or(name, |name| name.value()),
            setters: raw.setters,
            depends_on: raw.depends_on,
            krate: raw.krate.unwrap_or_else(|| parse_quote!(::panopticon)),
            is_async: signature.asyncness.is_some(),
            resources,
            output: signature.output.clone(),
            shared_attributes: attributes::shared(attributes),
        })
    }
}

fn refuse_second_attribute(function: &Function, errors: &mut Errors) {
    let seconds =
        function.attributes.iter().filter(|attribute| is_named(attribute, &["healthcheck"]));
    for second in seconds {
        errors.push(second, "have only one `#[healthcheck]`; remove this one");
    }
}

fn refuse_qualifiers(signature: &Signature, errors: &mut Errors) {
    if let Some(constness) = signature.constness {
        errors.push(constness, "not be `const`, because it runs at run time; remove `const`");
    }
    // In the tokens, since the field is `unsafety` in syn 2 and `safety` in syn 3.
    let mut qualifiers =
        signature.to_token_stream().into_iter().take_while(|token| !is_word(token, "fn"));
    if let Some(unsafety) = qualifiers.find(|token| is_word(token, "unsafe")) {
        errors.push(
            unsafety,
            "not be `unsafe`, because no caller could uphold its contract; write an `unsafe` block inside",
        );
    }
    if let Some(abi) = &signature.abi {
        errors.push(abi, "not be `extern`, because Rust code calls it; remove the ABI");
    }
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

fn refuse_generic_parameters(generics: &Generics, errors: &mut Errors) {
    if !generics.params.is_empty() {
        errors.push(
            &generics.params,
            "not have generic parameters; write concrete types, and no lifetimes",
        );
    }
}

fn refuse_where_clause(generics: &Generics, errors: &mut Errors) {
    if let Some(clause) = &generics.where_clause {
        errors.push(clause, "not have a `where` clause; write types that satisfy it");
    }
}

/// Refuses return types for which the error of a trait would not say what to write instead.
fn refuse_output(signature: &Signature, errors: &mut Errors) {
    let ReturnType::Type(_, output) = &signature.output else {
        return;
    };
    match &**output {
        Type::Never(never) => {
            errors.push(never, "return a result; write `-> Health`");
        }
        Type::ImplTrait(future) if signature.asyncness.is_none() && is_future(future) => {
            errors.push(
                future,
                "not return a future; write `async fn`, and the future's output here",
            );
        }
        _ => {}
    }
}

fn is_future(output: &TypeImplTrait) -> bool {
    output.bounds.iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            bound.path.segments.last().is_some_and(|last| last.ident == "Future")
        }
        _ => false,
    })
}
