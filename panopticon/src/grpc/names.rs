//! The names that clients ask by.

use std::collections::BTreeSet;
use std::iter;

use crate::check::Probe;
use crate::edit_distance::most_similar;
use crate::panopticon::{GrpcName, Panopticon, Selection, ServingQuestion};

/// The name of the whole service.
const WHOLE: &str = "";

/// How many characters of an unknown name an error repeats.
const SHOWN: usize = 64;

/// Returns the question that a name stands for.
pub(super) fn question(health: &Panopticon, name: &str) -> Option<ServingQuestion> {
    // The builder accepts no name twice. A crate, and so a collection, may have the name of a probe or
    // a component, which then come first, as below the report's path over HTTP.
    of_probe(name)
        .or_else(|| of_mapped(health.grpc_names(), name))
        .or_else(|| {
            let is_component = health.components().any(|component| component.name() == name);
            is_component.then(|| ServingQuestion::Component(name.to_owned()))
        })
        .or_else(|| {
            let mut collections =
                health.components().filter_map(|component| component.collection());
            collections.any(|collection| collection == name).then(|| of_collection(name))
        })
}

fn of_probe(name: &str) -> Option<ServingQuestion> {
    let probe = match name {
        WHOLE => Probe::Readiness,
        name => Probe::ALL.into_iter().find(|probe| probe.as_str() == name)?,
    };
    Some(ServingQuestion::Report(Selection::all().probe(probe)))
}

fn of_mapped(names: &[GrpcName], name: &str) -> Option<ServingQuestion> {
    let mapped = names.iter().find(|mapped| mapped.name == name)?;
    Some(ServingQuestion::Report(mapped.selection.clone()))
}

fn of_collection(name: &str) -> ServingQuestion {
    ServingQuestion::Report(Selection::all().collection(name))
}

/// Returns all names.
pub(super) fn all<'a>(health: &'a Panopticon) -> BTreeSet<&'a str> {
    let probes = Probe::ALL.into_iter().map(|probe| -> &'a str { probe.as_str() });
    let mapped = health.grpc_names().iter().map(|mapped| &*mapped.name);
    let components = health.components().map(|component| component.name());
    let collections = health.components().filter_map(|component| component.collection());
    let names = iter::once::<&'a str>(WHOLE).chain(probes).chain(mapped).chain(components);
    names.chain(collections).collect()
}

/// Returns the error of an unknown name. It is short, since it is sent in a header.
pub(super) fn unknown(health: &Panopticon, name: &str) -> String {
    let shown: String = name.chars().take(SHOWN).collect();
    let dots = if shown.len() < name.len() { "…" } else { "" };
    let known = all(health);
    let meant = most_similar(name, known.into_iter().filter(|known| *known != WHOLE));
    let meant = meant.map(|meant| format!("; did you mean {meant:?}?")).unwrap_or_default();
    format!(
        "no probe, component or collection, and no name given to `grpc_name`, is {shown:?}{dots}{meant}"
    )
}
