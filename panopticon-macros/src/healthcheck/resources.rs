//! The rules for the parameters of a health check, each of which takes a resource.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, FnArg, GenericArgument, Path, PathArguments, Signature, Type, TypePath,
    TypeReference,
};

use crate::errors::Errors;
use crate::function::is_named;

/// A resource that a parameter takes.
pub(super) struct Resource {
    /// Its type, without the `&`.
    pub(super) ty: Type,
    /// Whether the parameter is an `Option<&T>`, which is `None` if the resource was not provided.
    pub(super) is_optional: bool,
}

/// Returns the resources that the parameters take.
pub(super) fn of_parameters(
    signature: &Signature,
    is_liveness: bool,
    errors: &mut Errors,
) -> Vec<Resource> {
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
                     the resource; remove `liveness`, or check something that only a restart can \
                     fix, without resources",
                );
            }
            resource(&parameter.ty, errors)
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

/// Rejects `if_provided` on a function that needs no resource.
pub(super) fn refuse_none_needed(key: &Ident, signature: &Signature, errors: &mut Errors) {
    let needs_one = signature.inputs.iter().any(|input| match input {
        FnArg::Typed(parameter) => inside_option(ungrouped(&parameter.ty)).is_none(),
        FnArg::Receiver(_) => true,
    });
    if !needs_one {
        errors.push(
            key,
            "take a resource as `&T` if it has `if_provided`, which leaves the check out if that \
             resource was not provided; remove `if_provided`, or add a `&T` parameter",
        );
    }
}

fn resource(parameter: &Type, errors: &mut Errors) -> Option<Resource> {
    let parameter = ungrouped(parameter);
    let inside = inside_option(parameter);
    if let Some(inner) = inside.filter(|inner| inside_option(inner).is_some()) {
        errors.push(inner, "not take an `Option` in an `Option`; write `Option<&T>`");
        return None;
    }
    let ty = match inside.unwrap_or(parameter) {
        Type::Reference(reference) => behind(reference, errors)?,
        Type::ImplTrait(parameter) => {
            errors.push(parameter, IMPL_TRAIT);
            return None;
        }
        // An alias of `Option<&T>` has a lifetime or a reference in its arguments.
        alias @ Type::Path(_) if borrows(alias.to_token_stream()) => {
            errors.push(
                alias,
                "take resources by reference, because they are shared; write `&` before this type, \
                 or `Option<&T>` if this is an alias of it, since a macro cannot see through an alias",
            );
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
    Some(Resource { ty, is_optional: inside.is_some() })
}

/// Returns the type that a reference refers to.
fn behind(reference: &TypeReference, errors: &mut Errors) -> Option<Type> {
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
    let ty = ungrouped(&reference.elem);
    if inside_option(ty).is_some() {
        errors.push(
            ty,
            "take an optional resource as `Option<&T>`; write the `&` inside this `Option`",
        );
        return None;
    }
    Some(ty.clone())
}

/// Returns the `T` of an `Option<T>`, as the prelude or the standard library names it.
fn inside_option(ty: &Type) -> Option<&Type> {
    let Type::Path(TypePath { qself: None, path: Path { segments, .. }, .. }) = ty else {
        return None;
    };
    let is_path = |path: &[&str]| {
        segments.len() == path.len()
            && segments.iter().zip(path).all(|(segment, word)| segment.ident == word)
    };
    if ![&["Option"][..], &["std", "option", "Option"], &["core", "option", "Option"]]
        .into_iter()
        .any(is_path)
    {
        return None;
    }
    match &segments.last()?.arguments {
        PathArguments::AngleBracketed(arguments) if arguments.args.len() == 1 => {
            match arguments.args.first()? {
                GenericArgument::Type(inner) => Some(ungrouped(inner)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Removes the groups in which a `macro_rules!` passes on a `$t:ty`, and the parentheses of
/// `&(dyn A + B)`, which trigger a lint without the `&`.
fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(paren) => ungrouped(&paren.elem),
        ty => ty,
    }
}

const IMPL_TRAIT: &str = "not take `impl Trait`, because a resource is found by its type; write a concrete `&T`, or `&dyn Trait`";

/// Finds the keyword `impl`, which in a type can only begin an `impl Trait`.
fn find_impl(tokens: TokenStream) -> Option<TokenTree> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ref word) if word == "impl" => Some(token),
        TokenTree::Group(group) => find_impl(group.stream()),
        _ => None,
    })
}

/// Returns whether a type contains a reference or a lifetime.
fn borrows(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Punct(mark) => matches!(mark.as_char(), '&' | '\''),
        TokenTree::Group(group) => borrows(group.stream()),
        _ => false,
    })
}
