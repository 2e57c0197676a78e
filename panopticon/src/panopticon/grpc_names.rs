//! Names of gRPC services that the service's own builder maps to parts of the report.

use std::collections::HashMap;

use super::builder::Builder;
use super::handle::Panopticon;
use super::selection::Selection;
use crate::check::{Definition, Probe, SourceLocation};
use crate::registry::{LeftOutCheck, Problem, ProblemKind};

/// The longest name, in bytes. Names that protobuf generates are far shorter.
const MAX_LENGTH: usize = 256;

/// A name of [`Builder::grpc_name`], and what it stands for.
#[derive(Debug, Clone)]
pub(crate) struct GrpcName {
    pub(crate) name: String,
    pub(crate) selection: Selection,
    place: SourceLocation,
}

impl Builder {
    /// Lets clients of the gRPC health service ask by this name, usually that of one of your gRPC
    /// services, how the selected components are. Needs the feature `grpc`.
    ///
    /// While the service [drains](Panopticon::drain), the name is `NOT_SERVING`, unless the
    /// selection is of the liveness or the startup probe. For a selection without a probe,
    /// [`drain_fails_report`](Self::drain_fails_report) turns this off.
    ///
    /// `build()` fails if the name is empty, longer than 256 bytes, given twice, or that of a
    /// probe, a component or a collection, which have theirs [already](crate::GrpcHealthService);
    /// and if the selection names something unknown, or selects nothing.
    ///
    /// ```
    /// use panopticon::{CheckOptions, Panopticon, Probe, Selection};
    ///
    /// let health = Panopticon::empty()
    ///     .check("database", CheckOptions::new().tag("orders"), || async {})
    ///     .check("mail", CheckOptions::new(), || async {})
    ///     .grpc_name("orders.v1.Orders", Selection::all().tag("orders"))
    ///     .grpc_name("mail.v1.Mail", Selection::all().probe(Probe::Readiness).name("mail"))
    ///     .build()?;
    /// # let _ = health.grpc_service();
    /// # Ok::<(), panopticon::BuildError>(())
    /// ```
    #[track_caller]
    pub fn grpc_name(mut self, name: impl Into<String>, selection: Selection) -> Self {
        let place = SourceLocation::of_caller();
        self.grpc_names.push(GrpcName { name: name.into(), selection, place });
        self
    }
}

/// Adds what is wrong with the names to `problems`.
pub(super) fn find_problems(
    names: &[GrpcName],
    definitions: &[Definition],
    left_out: &[LeftOutCheck],
    problems: &mut Vec<Problem>,
) {
    let mut first_places: HashMap<&str, SourceLocation> = HashMap::new();
    for GrpcName { name, selection, place } in names {
        let mut invalid = |places: &[SourceLocation], reason: String| {
            let call = format!("`.grpc_name({name:?}, …)` at {place}");
            let places = [*place].into_iter().chain(places.iter().copied());
            let message = format!("{call} {reason}");
            problems.push(Problem::new(ProblemKind::InvalidGrpcName, places, message));
        };
        if let Some(reason) = broken_rule(name) {
            invalid(&[], reason);
        } else if let Some(taken_by) = taken_by(name, definitions, left_out) {
            invalid(&[], format!("must not use the name of {taken_by}; choose another name"));
        } else if let Some(&first) = first_places.get(&**name) {
            let reason = format!("must not use a name twice, which is also at {first}; remove one");
            invalid(&[first], reason);
        } else {
            first_places.insert(name, *place);
        }
        if let Err(error) = selection.positions(&definitions.iter(), left_out) {
            invalid(&[], format!("must select components: {error}"));
        }
    }
}

fn broken_rule(name: &str) -> Option<String> {
    if name.is_empty() {
        let rule = "must have a name: the empty one is that of the whole service, whose readiness it \
                    stands for; write the name of your gRPC service";
        return Some(rule.to_owned());
    }
    let length = name.len();
    (length > MAX_LENGTH).then(|| {
        format!("must have a name of at most {MAX_LENGTH} bytes, not {length}; shorten it")
    })
}

/// Returns what else has this name, also if it is left out: another environment may have it.
fn taken_by(name: &str, definitions: &[Definition], left_out: &[LeftOutCheck]) -> Option<String> {
    let is_collection = |collection: Option<&str>| collection == Some(name);
    if Probe::ALL.iter().any(|probe| probe.as_str() == name) {
        return Some(format!("the {name} probe"));
    }
    let component =
        definitions.iter().find(|check| *check.name == *name).map(|check| check.location).or_else(
            || left_out.iter().find(|check| check.name() == name).map(LeftOutCheck::place),
        );
    if let Some(place) = component {
        return Some(format!("the component at {place}"));
    }
    let has_collection = definitions.iter().any(|check| is_collection(check.collection.as_deref()))
        || left_out.iter().any(|check| is_collection(check.collection()));
    has_collection.then(|| "a collection".to_owned())
}

impl Panopticon {
    /// Returns the names that the builder mapped.
    pub(crate) fn grpc_names(&self) -> &[GrpcName] {
        &self.shared.grpc_names
    }
}
