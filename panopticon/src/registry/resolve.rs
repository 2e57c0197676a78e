//! Turns declarations into checks that can run: sorted, validated, with every option resolved.

use std::time::Duration;

use super::collections::Collections;
use super::declaration::{Declaration, Declarations};
use super::dependency_graph::DependencyGraph;
use super::problem::Problem;
use super::{dependency_graph, duplicate_names, invalid_options, listed_crates, missing_resources};
use crate::check::{CheckOptions, Definition, Freshness, Probe, Probes, Resources, Thresholds};
use crate::settings::Settings;

impl Declarations {
    /// Returns the checks, sorted by name, and an order of their positions in which each comes
    /// after those that it depends on. Adds what is wrong to `problems`. Each check is resolved
    /// when its turn comes, so that the caller stores it once.
    pub(crate) fn resolve(
        mut self,
        resources: &Resources,
        settings: &Settings,
        problems: &mut Vec<Problem>,
    ) -> (impl Iterator<Item = Definition> + use<>, Vec<usize>) {
        // The linker's order differs from build to build.
        self.checks.sort_by(|a, b| (&a.name, a.location).cmp(&(&b.name, b.location)));
        listed_crates::find(&self, problems);
        duplicate_names::find(&self.checks, problems);
        let collections = Collections::new(&self);
        invalid_options::find(&self.checks, &collections, problems);
        missing_resources::find(&self.checks, resources, problems);
        let DependencyGraph { dependencies, order } =
            dependency_graph::find(&self.checks, problems);
        collections.find_problems(&self.checks, problems);
        let defaults = (settings.timeout, settings.cache);
        let definitions =
            self.checks.into_iter().zip(dependencies).map(move |(check, dependencies)| {
                check.resolve(dependencies, &collections, defaults)
            });
        (definitions, order)
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
            tags: nearest.option(CheckOptions::tags).unwrap_or_default(),
            probes: nearest
                .option(CheckOptions::answered_probes)
                .unwrap_or(Probes::NONE.with(Probe::default())),
            dependencies,
            name: self.name,
            function: self.function,
        }
    }
}
