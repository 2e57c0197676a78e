//! Finds resources that checks take but that were not provided, and those provided twice.

use std::collections::BTreeMap;
use std::ptr;

use super::declaration::Declaration;
use super::problem::{Problem, ProblemKind, lines};
use crate::check::{ResourceType, Resources, SourceLocation};

pub(super) fn find(
    checks: &[Box<Declaration>],
    resources: &Resources,
    problems: &mut Vec<Problem>,
) {
    let mut missing: BTreeMap<_, (ResourceType, Vec<(&Declaration, ResourceType)>)> =
        BTreeMap::new();
    for check in checks {
        let check: &Declaration = check;
        let taken = check.annotated.iter().flat_map(|check| check.needed_resources());
        for resource in taken.filter(|&resource| !resources.has(resource)) {
            let (_, users) = missing
                .entry((resource.name(), resource.id()))
                .or_insert_with(|| (resource, Vec::new()));
            // A function may take one resource twice.
            if users.last().is_none_or(|(user, _)| !ptr::eq(*user, check)) {
                users.push((check, resource));
            }
        }
    }
    problems.extend(missing.into_values().map(|(resource, users)| {
        let similar = resources
            .similar_to(resource)
            .into_iter()
            .map(|other| format!("\n   `{other}` was provided, but that is a different type"));
        // The macro rejects `&Option<T>`, so this is a type alias, which it cannot see through.
        let (alias, optional) = if resource.name().starts_with("core::option::Option<") {
            ("\n   that is a type alias of an `Option`; take `Option<&T>`, without an alias", "T")
        } else {
            ("", resource.written())
        };
        let switched_off = match &users[..] {
            [(user, _)] => &user.name,
            _ => "…",
        };
        let message = format!(
            "no `{}` was provided, but these checks need one:{}{}{alias}\n   provide one on the \
             builder with `.provide(…)`, or with `.provide_arc(…)` if it is in an `Arc`, as a `dyn \
             Trait` or `str` must be\n   if the service can run without one, take `Option<&{}>`, \
             or leave the check out with `#[healthcheck(if_provided)]`, or with \
             `.without(\"{switched_off}\")` on the builder",
            resource.name(),
            lines(
                users.iter().map(|(user, as_type)| format!("{user} as `&{}`", as_type.written()))
            ),
            similar.collect::<String>(),
            optional,
        );
        let locations = users.into_iter().map(|(user, _)| user.location);
        Problem::new(ProblemKind::MissingResource, locations, message)
    }));
}

/// Returns the problem of a second resource of this type.
pub(crate) fn provided_twice(type_name: &str, location: SourceLocation) -> Problem {
    let message = format!(
        "a second `{type_name}` was provided at {location}; a check finds a resource by its type, \
         so wrap one of the two in a type of its own"
    );
    Problem::new(ProblemKind::DuplicateResource, [location], message)
}
