//! Finds resources that checks take but that were not provided, and those provided twice.

use std::collections::BTreeMap;
use std::ptr;

use super::declaration::Declaration;
use super::mistaken_resources::{MistakenResources, remedy};
use super::problem::{Problem, ProblemKind, lines};
use crate::check::wrapped_types::in_option;
use crate::check::{ResourceType, Resources, SourceLocation};
use crate::escaped::Escaped;

/// A check, and the resource as it takes it.
type User<'a> = (&'a Declaration, ResourceType);

pub(super) fn find(
    checks: &[Box<Declaration>],
    mistaken: &MistakenResources<'_>,
    problems: &mut Vec<Problem>,
) {
    let mut missing: BTreeMap<_, (ResourceType, Vec<User<'_>>)> = BTreeMap::new();
    for check in checks {
        let check: &Declaration = check;
        for &resource in check.annotated.iter().flat_map(|check| check.resources) {
            let is_missing = if resource.is_optional() {
                mistaken.provided_instead_of(resource).is_some()
            } else {
                !mistaken.resources.has(resource)
            };
            if !is_missing {
                continue;
            }
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
        let remedy = match mistaken.provided_instead_of(resource) {
            Some(provided) => format!("\n   {}", remedy(resource, provided)),
            None => ways_to_provide(resource, &users, mistaken.resources, checks),
        };
        let message = format!(
            "no `{}` was provided, but these checks {} one:{}{remedy}",
            resource.name(),
            if users.iter().all(|(_, resource)| resource.is_optional()) { "take" } else { "need" },
            lines(
                users.iter().map(|(user, taken)| format!(
                    "{user} as `{}`",
                    taken.parameter(taken.written())
                ))
            ),
        );
        let locations = users.into_iter().map(|(user, _)| user.location);
        Problem::new(ProblemKind::MissingResource, locations, message)
    }));
}

/// Returns what can be done about a resource that is not there at all.
fn ways_to_provide(
    resource: ResourceType,
    users: &[User<'_>],
    resources: &Resources,
    checks: &[Box<Declaration>],
) -> String {
    let similar = resources
        .similar_to(resource)
        .map(|other| format!("\n   `{other}` was provided, but that is a different type"));
    // The macro rejects `&Option<T>`, so this is a type alias, which it cannot see through.
    let (alias, optional) = match in_option(resource.name()) {
        Some(_) => {
            ("\n   that is a type alias of an `Option`; take `Option<&T>`, without an alias", "T")
        }
        None => ("", resource.written()),
    };
    let switched_off = match users {
        [(user, _)] => user.name_to_switch_off(checks),
        _ => "…".to_owned(),
    };
    format!(
        "{}{alias}\n   provide one on the builder with `.provide(…)`, or with `.provide_arc(…)` if \
         it is in an `Arc`, as a `dyn Trait` or `str` must be\n   if the service can run without one, take \
         `Option<&{optional}>`, or leave the check out with `#[healthcheck(if_provided)]`, or with \
         `.without(\"{}\")` on the builder",
        similar.collect::<String>(),
        Escaped(&switched_off),
    )
}

/// Returns the problem of a second resource of this type.
pub(crate) fn provided_twice(
    type_name: &str,
    first: SourceLocation,
    second: SourceLocation,
) -> Problem {
    let message = format!(
        "a second `{type_name}` was provided at {second}, after the first at {first}; a check finds \
         a resource by its type, so wrap one of the two in a type of its own"
    );
    Problem::new(ProblemKind::DuplicateResource, [second, first], message)
}
