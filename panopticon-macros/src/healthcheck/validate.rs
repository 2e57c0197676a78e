//! The rules for a function and its options to become a health check.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{
    Attribute, FnArg, Generics, Meta, Path, ReturnType, Signature, Type, TypeImplTrait,
    TypeParamBound, parse_quote,
};

use super::attributes;
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
    /// The types of the parameters, without their `&`.
    pub(super) resources: Vec<Type>,
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
        let resources = resource_types(signature, raw.is_liveness, &mut errors);
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

/// Returns the types of the parameters, without their `&`.
fn resource_types(signature: &Signature, is_liveness: bool, errors: &mut Errors) -> Vec<Type> {
    let resources = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(parameter) => {
            let is_conditional = |attribute: &&Attribute| is_named(attribute, &["cfg", "cfg_attr"]);
            for attribute in parameter.attrs.iter().filter(is_conditional) {
                errors.push(
                    attribute,
                    "have the same parameters in every configuration; write one function for each \
                     configuration, with the `cfg` on the function",
                );
            }
            if is_liveness {
                errors.push(
                    &parameter.ty,
                    "not take a resource, because it is a liveness check and a restart does not fix \
                     the resource; remove `liveness`, or check without resources what only a \
                     restart can fix",
                );
            }
            resource_type(&parameter.ty, errors)
        }
        FnArg::Receiver(receiver) => {
            errors.push(
                receiver,
                "not take `self`; write a free function that takes the value as a resource, `&T`",
            );
            None
        }
    });
    let resources = resources.collect();
    if let Some(variadic) = &signature.variadic {
        errors.push(variadic, "not be variadic; write a `&T` parameter for each resource");
    }
    resources
}

fn resource_type(parameter: &Type, errors: &mut Errors) -> Option<Type> {
    let reference = match parameter {
        Type::Reference(reference) => reference,
        // A `macro_rules!` passes on a `$t:ty` as a group.
        Type::Group(group) => return resource_type(&group.elem, errors),
        Type::Paren(paren) => return resource_type(&paren.elem, errors),
        Type::ImplTrait(parameter) => {
            errors.push(parameter, IMPL_TRAIT);
            return None;
        }
        by_value => {
            errors.push(
                by_value,
                "take resources by reference, because they are shared; write `&` before this type",
            );
            return None;
        }
    };
    if let Some(lifetime) = reference.lifetime.as_ref().filter(|lifetime| lifetime.ident != "_") {
        errors.push(lifetime, "not name a resource's lifetime; write `&` alone");
    }
    if let Some(mutability) = reference.mutability {
        errors.push(
            mutability,
            "not take `&mut`, because resources are shared; write `&`, and a `Mutex` around what changes",
        );
    }
    if let Some(word) = find_impl(reference.elem.to_token_stream()) {
        errors.push(word, IMPL_TRAIT);
    }
    Some(without_parentheses(&reference.elem).clone())
}

/// Removes the parentheses that `&(dyn A + B)` needs, about which a lint would complain without the
/// `&`.
fn without_parentheses(resource: &Type) -> &Type {
    match resource {
        Type::Paren(paren) => without_parentheses(&paren.elem),
        resource => resource,
    }
}

const IMPL_TRAIT: &str = "not take `impl Trait`, because a resource is found by its type; write a concrete `&T`, or `&dyn Trait`";

/// Finds the keyword `impl`, which in a type can only be that of `impl Trait`.
fn find_impl(tokens: TokenStream) -> Option<TokenTree> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ref word) if word == "impl" => Some(token),
        TokenTree::Group(group) => find_impl(group.stream()),
        _ => None,
    })
}
