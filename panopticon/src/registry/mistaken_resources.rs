//! Resources that were provided as an `Option`, in an `Arc` or the like, or without one, so that the
//! checks that they are for do not find them.

use std::any::TypeId;
use std::collections::HashSet;

use super::declaration::Declaration;
use crate::check::wrapped_types::{in_arc, in_option, unwrapped};
use crate::check::{ProvidedType, ResourceType, Resources};

/// The resources, with those that no check takes.
pub(super) struct MistakenResources<'a> {
    pub(super) resources: &'a Resources,
    untaken: Vec<ProvidedType>,
}

impl<'a> MistakenResources<'a> {
    /// Takes all checks that are declared. One that will be left out takes its resources too.
    pub(super) fn new(checks: &[Box<Declaration>], resources: &'a Resources) -> Self {
        let taken: HashSet<TypeId> = checks
            .iter()
            .filter_map(|check| check.annotated)
            .flat_map(|check| check.resources)
            .map(|resource| resource.id())
            .collect();
        let provided = resources.types().iter().copied();
        let untaken = provided.filter(|provided| !taken.contains(&provided.id)).collect();
        Self { resources, untaken }
    }

    /// Returns what was provided instead of this resource, if there is something: a type that no
    /// check takes, and that differs from the resource's only in the wrappers around it. A name that
    /// is merely similar is not enough.
    pub(super) fn provided_instead_of(&self, resource: ResourceType) -> Option<ProvidedType> {
        let has_alias = in_option(resource.name()).is_some();
        if has_alias || self.resources.has(resource) {
            return None;
        }
        let wanted = unwrapped(resource.name());
        self.untaken.iter().copied().find(|provided| unwrapped(provided.name) == wanted)
    }
}

/// Returns what to do about a resource that was provided as another type.
pub(super) fn remedy(resource: ResourceType, provided: ProvidedType) -> String {
    let ProvidedType { name: provided, place, .. } = provided;
    let wanted = resource.name();
    let remedy = if in_arc(provided) == Some(wanted) {
        "pass the `Arc` to `.provide_arc(…)`, which provides what is in it".to_owned()
    } else if in_option(provided) == Some(wanted) {
        "pass it to `.provide_option(…)`, which provides what is in it".to_owned()
    } else if in_option(provided).and_then(in_arc) == Some(wanted) {
        "pass the `Arc`, if there is one, to `.provide_arc(…)`, which provides what is in it"
            .to_owned()
    } else if in_arc(wanted) == Some(provided) {
        let (right, wrong) = (resource.parameter(provided), resource.parameter(resource.written()));
        format!(
            "`.provide_arc(…)` provides what is in the `Arc`, so take `{right}` instead of `{wrong}`"
        )
    } else {
        format!("provide the `{wanted}` itself")
    };
    format!(
        "`{provided}` was provided at {place}, which is a different type, and no check takes it; \
         {remedy}"
    )
}
