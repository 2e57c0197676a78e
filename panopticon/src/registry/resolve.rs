//! Turns declarations into checks that can run: sorted, validated, with every option resolved.

use std::sync::Arc;
use std::time::Duration;

use super::collections::Collections;
use super::declaration::{Declaration, Declarations};
use super::dependency_graph::DependencyGraph;
use super::left_out::{self, LeftOutCheck};
use super::mistaken_resources::MistakenResources;
use super::problem::Problem;
use super::{
    dependency_graph, duplicate_names, invalid_options, listed_crates, missing_resources, renames,
};
use crate::check::{CheckOptions, Definition, Freshness, Probe, Probes, Resources, Thresholds};
use crate::settings::Settings;

/// The checks of a service.
pub(crate) struct Resolved<D> {
    /// The checks, sorted by name. They are resolved one by one, so that only the caller stores
    /// them.
    pub(crate) definitions: D,
    /// An order of their positions in which each comes after those that it depends on.
    pub(crate) order: Vec<usize>,
    /// Sorted by name.
    pub(crate) left_out: Vec<LeftOutCheck>,
}

impl Declarations {
    /// Returns the checks, and those that are left out. Adds what is wrong to `problems`.
    pub(crate) fn resolve(
        mut self,
        resources: &Resources,
        settings: &Settings,
        problems: &mut Vec<Problem>,
    ) -> Resolved<impl Iterator<Item = Definition> + use<>> {
        // As the linker collected them, before anything is renamed or left out.
        listed_crates::find(&self, problems);
        renames::apply(&self.renames, &mut self.checks, problems);
        // The linker's order differs from build to build.
        self.checks.sort_by(|a, b| (&a.name, a.location).cmp(&(&b.name, b.location)));
        let collections = Collections::new(&self);
        let mut problems_of_collections = Vec::new();
        // A collection whose checks are all left out is not empty.
        collections.find_problems(&self.checks, &mut problems_of_collections);
        let mistaken = MistakenResources::new(&self.checks, resources);
        let left_out = left_out::separate(&mut self, &collections, &mistaken, problems);
        let checks = self.checks;
        duplicate_names::find(&checks, &self.switched_off, problems);
        // One that lacks a resource has it where the service runs with other settings.
        let not_provided = left_out.iter().filter(|left_out| !left_out.is_switched_off);
        let to_validate = checks.iter().chain(not_provided.map(|left_out| &left_out.check));
        invalid_options::find(to_validate.map(|check| &**check), &collections, problems);
        missing_resources::find(&checks, &mistaken, problems);
        let DependencyGraph { dependencies, order, dependents_of_left_out } =
            dependency_graph::find(&checks, &left_out, problems);
        problems.append(&mut problems_of_collections);
        let left_out =
            left_out.into_iter().zip(dependents_of_left_out).map(|(left_out, dependents)| {
                let names =
                    dependents.into_iter().map(|dependent| Arc::clone(&checks[dependent].name));
                left_out.describe(&collections, names.collect())
            });
        let left_out = left_out.collect();
        let defaults = (settings.timeout, settings.cache);
        let definitions = checks
            .into_iter()
            .zip(dependencies)
            .map(move |(check, dependencies)| check.resolve(dependencies, &collections, defaults));
        Resolved { definitions, order, left_out }
    }
}

impl Declaration {
    fn resolve(
        self: Box<Self>,
        dependencies: Vec<usize>,
        collections: &Collections,
        (default_timeout, default_cache): (Duration, Duration),
    ) -> Definition {
        let nearest = collections.nearest(&self);
        let freshness = match nearest.option(|options| options.interval) {
            Some(interval) => Freshness::Scheduled {
                initial_delay: nearest.option(|options| options.initial_delay).unwrap_or_default(),
                interval,
                retry_interval: nearest
                    .option(|options| options.retry_interval)
                    .unwrap_or(interval),
            },
            None => Freshness::OnDemand {
                cache: nearest.option(|options| options.cache).unwrap_or(default_cache),
            },
        };
        Definition {
            collection: collections.name_for(&self).map(Into::into),
            timeout: nearest.option(|options| options.timeout).unwrap_or(default_timeout),
            freshness,
            thresholds: Thresholds {
                failure: nearest.option(|options| options.failure_threshold).unwrap_or(1),
                success: nearest.option(|options| options.success_threshold).unwrap_or(1),
            },
            critical: nearest.option(|options| options.critical).unwrap_or(true),
            tags: nearest.option(CheckOptions::tags).unwrap_or_default().into(),
            probes: nearest
                .option(CheckOptions::answered_probes)
                .unwrap_or(Probes::NONE.with(Probe::default())),
            dependencies,
            name: self.name,
            location: self.location,
            function: self.function,
        }
    }
}
