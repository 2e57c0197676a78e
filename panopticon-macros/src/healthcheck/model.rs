//! The rules: what a function and its options must be to become a health check.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{
    Attribute, FnArg, Generics, Meta, Path, ReturnType, Safety, Signature, Type, TypeImplTrait,
    TypeParamBound, parse_quote,
};

use super::attributes;
use crate::function::{Function, is_named};
use crate::name;
use crate::options::{Options, Probe, RawOptions};
use crate::problem::Problems;

/// A health check that can be registered. With any problem reported, its parts are placeholders.
pub(super) struct ValidCheck {
    pub(super) function: Ident,
    pub(super) name: String,
    pub(super) options: Options,
    /// The functions without which it is not run.
    pub(super) depends_on: Vec<Path>,
    /// The way to panopticon.
    pub(super) krate: Path,
    pub(super) is_async: bool,
    /// The types of the parameters, without their `&`.
    pub(super) resources: Vec<Type>,
    pub(super) output: ReturnType,
    /// The attributes of the registration.
    pub(super) shared_attributes: Vec<Meta>,
}

impl ValidCheck {
    /// Applies every rule; each one broken goes to `problems`, in source order.
    pub(super) fn new(raw: RawOptions, function: &Function, problems: &mut Problems) -> Self {
        let Function { attributes, signature, body, .. } = function;
        refuse_second_attribute(function, problems);
        refuse_qualifiers(signature, problems);
        let name = signature.ident.unraw().to_string();
        let rule = name::check_component(&name).err();
        if let Some(rule) = rule.filter(|_| !raw.mentions("name")) {
            problems.push(&signature.ident, rule.to_string());
        }
        refuse_generic_parameters(&signature.generics, problems);
        let is_liveness = raw.options.probe == Some(Probe::Liveness);
        if let Some(dependency) = raw.depends_on.first().filter(|_| is_liveness) {
            problems.push(
                dependency,
                "not depend on others, for it is a liveness check: while they are unhealthy, \
                 every replica would be restarted; remove `depends_on`, or `liveness`",
            );
        }
        let resources = resource_types(signature, is_liveness, problems);
        refuse_output(signature, problems);
        refuse_where_clause(&signature.generics, problems);
        if let TokenTree::Punct(semicolon) = body {
            problems.push(
                semicolon,
                "have a body; write a free function, outside of a trait or an `extern` block",
            );
        }
        Self {
            function: signature.ident.clone(),
            name: raw.name.map_or(name, |name| name.value()),
            options: raw.options,
            depends_on: raw.depends_on,
            krate: raw.krate.unwrap_or_else(|| parse_quote!(::panopticon)),
            is_async: signature.asyncness.is_some(),
            resources,
            output: signature.output.clone(),
            shared_attributes: attributes::shared(attributes),
        }
    }
}

fn refuse_second_attribute(function: &Function, problems: &mut Problems) {
    let seconds =
        function.attributes.iter().filter(|attribute| is_named(attribute, &["healthcheck"]));
    for second in seconds {
        problems
            .push(second, "have one `#[healthcheck]`, or it is registered twice; remove this one");
    }
}

fn refuse_qualifiers(signature: &Signature, problems: &mut Problems) {
    if let Some(constness) = signature.constness {
        problems.push(constness, "not be `const`, for it runs when it is asked; remove the word");
    }
    if let Safety::Unsafe(unsafety) = signature.safety {
        problems.push(
            unsafety,
            "not be `unsafe`, for nobody could keep its contract; write the unsafe block inside",
        );
    }
    if let Some(abi) = &signature.abi {
        problems.push(abi, "not be `extern`, for Rust calls it; remove the ABI");
    }
}

fn refuse_generic_parameters(generics: &Generics, problems: &mut Problems) {
    if !generics.params.is_empty() {
        problems.push(
            &generics.params,
            "not have generic parameters; name each type, and leave lifetimes out",
        );
    }
}

fn refuse_where_clause(generics: &Generics, problems: &mut Problems) {
    if let Some(clause) = &generics.where_clause {
        problems.push(clause, "not have a `where` clause; name types that fulfil it");
    }
}

/// Refuses the return types of which a trait's error would not say what to write instead.
fn refuse_output(signature: &Signature, problems: &mut Problems) {
    let ReturnType::Type(_, output) = &signature.output else {
        return;
    };
    match &**output {
        Type::Never(never) => {
            problems.push(never, "return, for its answer is its purpose; write `-> Health`");
        }
        Type::ImplTrait(future) if signature.asyncness.is_none() && is_future(future) => {
            problems.push(
                future,
                "be an `async fn` to be awaited; write `async` before `fn`, and here the type that \
                 the future ends in",
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

/// The types of the parameters, without their `&`.
fn resource_types(signature: &Signature, is_liveness: bool, problems: &mut Problems) -> Vec<Type> {
    let resources = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(parameter) => {
            let is_conditional = |attribute: &&Attribute| is_named(attribute, &["cfg", "cfg_attr"]);
            for attribute in parameter.attrs.iter().filter(is_conditional) {
                problems.push(
                    attribute,
                    "have the same parameters in every configuration; write the `cfg` on the \
                     function, of which there can be two",
                );
            }
            if is_liveness {
                problems.push(
                    &parameter.ty,
                    "not take a resource, for it is a liveness check: while the resource is \
                     broken, every replica would be restarted, which mends nothing; remove \
                     `liveness`, or check without it what only a restart can mend",
                );
            }
            resource_type(&parameter.ty, problems)
        }
        FnArg::Receiver(receiver) => {
            problems.push(
                receiver,
                "not take `self`; write a free function that takes the value as a resource, `&T`",
            );
            None
        }
    });
    let resources = resources.collect();
    if let Some(variadic) = &signature.variadic {
        problems.push(variadic, "not be variadic; write a `&T` parameter for each resource");
    }
    resources
}

fn resource_type(parameter: &Type, problems: &mut Problems) -> Option<Type> {
    let reference = match parameter {
        Type::Reference(reference) => reference,
        // What a `macro_rules!` passes on as `$t:ty`, and what stands in parentheses.
        Type::Group(group) => return resource_type(&group.elem, problems),
        Type::Paren(paren) => return resource_type(&paren.elem, problems),
        Type::ImplTrait(parameter) => {
            problems.push(parameter, IMPL_TRAIT);
            return None;
        }
        by_value => {
            problems.push(
                by_value,
                "take resources by reference, for they are shared; write `&` before this type",
            );
            return None;
        }
    };
    if let Some(lifetime) = reference.lifetime.as_ref().filter(|lifetime| lifetime.ident != "_") {
        problems.push(
            lifetime,
            "not name a resource's lifetime, which is that of the run; write `&` alone",
        );
    }
    if let Some(mutability) = reference.mutability {
        problems.push(
            mutability,
            "not take `&mut`, for resources are shared; write `&`, and a `Mutex` around what changes",
        );
    }
    if let Some(word) = find_impl(reference.elem.to_token_stream()) {
        problems.push(word, IMPL_TRAIT);
    }
    Some(without_parentheses(&reference.elem).clone())
}

/// `&(dyn A + B)` needs its parentheses; without the `&`, a lint would complain of them.
fn without_parentheses(resource: &Type) -> &Type {
    match resource {
        Type::Paren(paren) => without_parentheses(&paren.elem),
        resource => resource,
    }
}

const IMPL_TRAIT: &str = "not take `impl Trait`, for a resource is found by its type; write a concrete `&T`, or `&dyn Trait`";

/// The word `impl`, which in a type stands for `impl Trait` alone.
fn find_impl(tokens: TokenStream) -> Option<TokenTree> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ref word) if word == "impl" => Some(token),
        TokenTree::Group(group) => find_impl(group.stream()),
        _ => None,
    })
}
