//! The health checks of the process: collected by the linker, sorted, validated, resolved.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use linkme::distributed_slice;

use crate::build_error::{Place, Problem};
use crate::check::{Call, CheckOptions, HealthCheck, HealthFuture};
use crate::duration;
use crate::health::Health;
use crate::name;
use crate::resources::{ResourceType, Resources};

/// Every `#[healthcheck]` of every crate that is linked into this process, in no order.
#[distributed_slice]
pub static HEALTH_CHECKS: [HealthCheck];

/// How to start a run: [`Call`], or its counterpart for closures.
#[derive(Clone)]
pub(crate) enum Body {
    Async(Arc<dyn Fn(Arc<Resources>) -> HealthFuture + Send + Sync>),
    Blocking(Arc<dyn Fn(&Resources) -> Health + Send + Sync>),
}

/// A health check as declared, wherever it was.
pub(crate) struct Declaration {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) options: CheckOptions,
    pub(crate) resources: &'static [ResourceType],
    pub(crate) body: Body,
}

impl From<&HealthCheck> for Declaration {
    fn from(check: &HealthCheck) -> Self {
        Self {
            name: check.name.to_owned(),
            place: Place { file: check.file, line: check.line },
            options: check.options.into(),
            resources: check.resources,
            body: match check.call {
                Call::Async(call) => Body::Async(Arc::new(call)),
                Call::Blocking(call) => Body::Blocking(Arc::new(call)),
            },
        }
    }
}

/// Every annotated function of the process.
pub(crate) fn discovered() -> Vec<Declaration> {
    HEALTH_CHECKS.iter().map(Declaration::from).collect()
}

/// A health check that can run: valid, its options resolved.
pub(crate) struct Check {
    pub(crate) name: Arc<str>,
    pub(crate) timeout: Duration,
    pub(crate) critical: bool,
    pub(crate) tags: Vec<String>,
    pub(crate) body: Body,
}

/// Sorts the declarations by name and resolves their options; what is wrong goes to `problems`.
pub(crate) fn resolve(
    mut declarations: Vec<Declaration>,
    resources: &Resources,
    default_timeout: Duration,
    problems: &mut Vec<Problem>,
) -> Vec<Check> {
    // The linker's order differs from build to build.
    declarations.sort_by(|a, b| (&a.name, a.place).cmp(&(&b.name, b.place)));
    if declarations.is_empty() {
        problems.push(Problem::NoHealthChecks);
    }
    find_duplicate_names(&declarations, problems);
    find_invalid_options(&declarations, problems);
    find_missing_resources(&declarations, resources, problems);
    declarations
        .into_iter()
        .map(|declaration| Check {
            name: declaration.name.into(),
            timeout: declaration.options.timeout.unwrap_or(default_timeout),
            critical: declaration.options.critical.unwrap_or(true),
            tags: declaration.options.tags,
            body: declaration.body,
        })
        .collect()
}

fn find_duplicate_names(sorted: &[Declaration], problems: &mut Vec<Problem>) {
    for same in sorted.chunk_by(|a, b| a.name == b.name).filter(|same| same.len() > 1) {
        problems.push(Problem::DuplicateName {
            name: same[0].name.clone(),
            places: same.iter().map(|declaration| declaration.place).collect(),
        });
    }
}

/// The attribute has found these at compile time; closures given to the builder are checked here.
fn find_invalid_options(declarations: &[Declaration], problems: &mut Vec<Problem>) {
    for Declaration { name, place, options, .. } in declarations {
        if let Err(rule) = name::check_name(name) {
            problems.push(Problem::Name { rule, name: name.clone(), place: *place });
        }
        for tag in options.tags.iter().filter(|tag| !name::is_tag(tag)) {
            problems.push(Problem::Tag { tag: tag.clone(), name: name.clone(), place: *place });
        }
        if options.timeout.is_some_and(|timeout| !duration::is_timeout(timeout)) {
            problems.push(Problem::Timeout { name: name.clone(), place: *place });
        }
    }
}

fn find_missing_resources(
    declarations: &[Declaration],
    resources: &Resources,
    problems: &mut Vec<Problem>,
) {
    let mut takers_by_type: BTreeMap<&'static str, Vec<(String, Place)>> = BTreeMap::new();
    for declaration in declarations {
        for missing in declaration.resources.iter().filter(|&&taken| !resources.has(taken)) {
            let takers = takers_by_type.entry(missing.name()).or_default();
            let taker = (declaration.name.clone(), declaration.place);
            // A function may take one resource twice.
            if !takers.contains(&taker) {
                takers.push(taker);
            }
        }
    }
    problems.extend(
        takers_by_type
            .into_iter()
            .map(|(type_name, takers)| Problem::MissingResource { type_name, takers }),
    );
}
