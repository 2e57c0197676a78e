//! The health checks of the process: collected by the linker, sorted, validated, resolved.

mod build_error;
mod collections;
mod dependencies;
mod validate;

use std::sync::Arc;
use std::time::Duration;

use linkme::distributed_slice;

pub use self::build_error::BuildError;
pub(crate) use self::build_error::{OptionRule, Place, Problem, Taker, write_numbered};

use self::collections::Collections;
use crate::check::{
    Body, Call, Check, CheckOptions, Collection, Freshness, HealthCheck, ListedCrate, Origin,
    Resources, Thresholds,
};

/// Everything that macros of panopticon wrote, in every crate that is linked into this process, in
/// no order.
#[distributed_slice]
pub static REGISTRY: [Entry];

/// What a macro of panopticon wrote.
#[derive(Debug, Clone, Copy)]
pub enum Entry {
    /// By `#[healthcheck]`.
    Check(HealthCheck),
    /// By `collection!`.
    Collection(Collection),
    /// By `discover!`, for each crate.
    ListedCrate(ListedCrate),
    /// Ours, so that the slice is never empty: there are linkers that crash on an empty one.
    BuiltIn,
}

#[allow(unsafe_code, reason = "linkme writes a `link_section`; elsewhere the lint does not see it")]
#[distributed_slice(REGISTRY)]
static BUILT_IN: Entry = Entry::BuiltIn;

/// A health check as declared, wherever it was.
pub(crate) struct Declaration {
    pub(crate) name: Arc<str>,
    pub(crate) place: Place,
    /// What the attribute wrote, where it is an annotated function. Closures take no resources, and
    /// name in their options what they depend on.
    pub(crate) annotated: Option<&'static HealthCheck>,
    pub(crate) options: CheckOptions,
    pub(crate) body: Body,
}

impl Declaration {
    /// Of a closure.
    pub(crate) fn by_hand(name: String, place: Place, options: CheckOptions, body: Body) -> Self {
        Self { name: name.into(), place, annotated: None, options, body }
    }

    /// Where the annotated function stands.
    fn origin(&self) -> Option<&'static Origin> {
        self.annotated.map(|check| &check.origin)
    }
}

impl From<&'static HealthCheck> for Declaration {
    fn from(check: &'static HealthCheck) -> Self {
        Self {
            name: check.name.into(),
            place: Place::from(&check.origin),
            annotated: Some(check),
            options: check.options.into(),
            body: match check.call {
                Call::Async(call) => Body::Async(Arc::new(call)),
                Call::Blocking(call) => Body::Blocking(Arc::new(call)),
            },
        }
    }
}

/// Everything declared, by macros or by hand, not yet checked.
#[derive(Default)]
pub(crate) struct Declarations {
    #[expect(clippy::vec_box, reason = "they are large, and moved again and again when sorted")]
    pub(crate) checks: Vec<Box<Declaration>>,
    pub(crate) collections: Vec<Collection>,
    pub(crate) listed_crates: Vec<ListedCrate>,
}

impl Declarations {
    /// What the linker collected.
    pub(crate) fn discovered() -> Self {
        let mut declarations = Self::default();
        for entry in REGISTRY {
            match entry {
                Entry::Check(check) => declarations.checks.push(Box::new(check.into())),
                Entry::Collection(collection) => declarations.collections.push(*collection),
                Entry::ListedCrate(listed) => declarations.listed_crates.push(*listed),
                Entry::BuiltIn => {}
            }
        }
        declarations
    }

    /// Sorts the checks by name and resolves their options; what is wrong goes to `problems`. Each
    /// is resolved when its turn comes, so that it is stored once, by the caller.
    pub(crate) fn resolve(
        mut self,
        resources: &Resources,
        defaults: BuilderDefaults,
        problems: &mut Vec<Problem>,
    ) -> impl Iterator<Item = Check> + use<> {
        // The linker's order differs from build to build.
        self.checks.sort_by(|a, b| (&a.name, a.place).cmp(&(&b.name, b.place)));
        self.validate(resources, problems);
        let dependencies = dependencies::of(&self.checks, problems);
        let collections = Collections::of(&self, problems);
        self.checks.into_iter().zip(dependencies).map(move |(check, dependencies)| {
            resolve(*check, dependencies, &collections, &defaults)
        })
    }
}

/// What the builder sets for checks that do not say otherwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BuilderDefaults {
    pub(crate) timeout: Duration,
    pub(crate) cache: Duration,
}

/// What is nearest wins: the check's own option, the innermost collection's, the outer ones',
/// the builder's or the built-in default.
fn resolve(
    declaration: Declaration,
    dependencies: Vec<usize>,
    collections: &Collections,
    builder: &BuilderDefaults,
) -> Check {
    let (collection, inherited) = collections.around(&declaration);
    let collection = collection.map(Into::into);
    let options = declaration.options;
    let inherited_tags = || {
        let tags = inherited.iter().find_map(|options| options.tags)?;
        Some(tags.iter().map(|&tag| tag.to_owned()).collect())
    };
    let freshness = match options.interval {
        Some(interval) => Freshness::Scheduled {
            initial_delay: options.initial_delay.unwrap_or_default(),
            interval,
        },
        None => Freshness::OnDemand {
            cache: options
                .cache
                .or_else(|| inherited.iter().find_map(|options| options.cache))
                .unwrap_or(builder.cache),
        },
    };
    Check {
        name: declaration.name,
        collection,
        timeout: options
            .timeout
            .or_else(|| inherited.iter().find_map(|options| options.timeout))
            .unwrap_or(builder.timeout),
        freshness,
        thresholds: Thresholds {
            failure: options.failure_threshold.unwrap_or(1),
            success: options.success_threshold.unwrap_or(1),
        },
        critical: options
            .critical
            .or_else(|| inherited.iter().find_map(|options| options.critical))
            .unwrap_or(true),
        tags: options.tags.or_else(inherited_tags).unwrap_or_default(),
        probe: options.probe.unwrap_or_default(),
        dependencies,
        function: declaration.body,
    }
}
