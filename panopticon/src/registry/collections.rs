//! The collections: which one a check belongs to, which options it inherits from it, and what is
//! wrong with them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::compiled_twice;
use super::declaration::{Declaration, Declarations};
use super::problem::{Problem, ProblemKind, lines};
use crate::check::{CheckOptions, Collection, Origin};

/// The options of a check and of the collections around it, of which the nearest wins.
pub(super) struct NearestOptions<'a> {
    own: &'a CheckOptions,
    /// Those of the collections, innermost first.
    inherited: Vec<&'static CheckOptions>,
}

impl NearestOptions<'_> {
    pub(super) fn option<T>(&self, get: impl Fn(&CheckOptions) -> Option<T>) -> Option<T> {
        get(self.own).or_else(|| self.inherited.iter().find_map(|options| get(options)))
    }
}

/// The declared collections, innermost first.
pub(super) struct Collections(Vec<&'static Collection>);

impl Collections {
    pub(super) fn new(declarations: &Declarations) -> Self {
        let mut sorted = declarations.collections.clone();
        sorted.sort_by_key(|Collection { name, origin, .. }| {
            (Reverse(origin.module.path.len()), *name, origin.location())
        });
        Self(sorted)
    }

    /// Finds what is wrong with the collections themselves.
    pub(super) fn find_problems(&self, checks: &[Box<Declaration>], problems: &mut Vec<Problem>) {
        self.find_several_in_one_module(problems);
        self.find_duplicate_names(checks, problems);
        self.find_empty(checks, problems);
    }

    /// Returns the name of the check's collection.
    pub(super) fn name_for<'a>(&self, check: &'a Declaration) -> Option<&'a str> {
        match check.origin() {
            Some(origin) => Some(match self.enclosing(origin).next() {
                Some(innermost) => innermost.name,
                None => origin.module.package(),
            }),
            None => check.options.collection_name(),
        }
    }

    /// Returns the check's own options and those that it inherits.
    pub(super) fn nearest<'a>(&self, check: &'a Declaration) -> NearestOptions<'a> {
        let origin = check.origin().or_else(|| {
            let name = check.options.collection_name()?;
            Some(&self.0.iter().find(|collection| collection.name == name)?.origin)
        });
        let enclosing = origin.into_iter().flat_map(|origin| self.enclosing(origin));
        let inherited = enclosing.map(|collection| &collection.options).collect();
        NearestOptions { own: &check.options, inherited }
    }

    /// Returns the collections that enclose a place, innermost first.
    fn enclosing<'a>(
        &'a self,
        origin: &'a Origin,
    ) -> impl Iterator<Item = &'static Collection> + use<'a> {
        self.0
            .iter()
            .copied()
            .filter(|collection| origin.module.is_within(collection.origin.module))
    }

    /// Finds modules with several collections. The compiler finds most of them, but not in modules
    /// inside functions, because their paths do not mention the function.
    fn find_several_in_one_module(&self, problems: &mut Vec<Problem>) {
        let mut by_module: BTreeMap<_, Vec<&Origin>> = BTreeMap::new();
        for Collection { origin, .. } in &self.0 {
            let module = (origin.module.path, origin.module.target());
            by_module.entry(module).or_default().push(origin);
        }
        by_module.retain(|_, origins| origins.len() > 1);
        problems.extend(by_module.into_iter().map(|((module, _), origins)| {
            let locations = origins.iter().map(|origin| origin.location());
            let message = format!(
                "module `{module}` has {} collections:{}\n   {}",
                origins.len(),
                lines(locations.clone().map(|location| format!("at {location}"))),
                compiled_twice::explain_or(origins.iter().copied(), || {
                    "keep one, or move the others into modules of their own".to_owned()
                })
            );
            Problem::new(ProblemKind::CollectionsInOneModule, locations, message)
        }));
    }

    /// Finds collections with the same name. The checks of a crate that are in no declared
    /// collection are one too, named after the package.
    fn find_duplicate_names(&self, checks: &[Box<Declaration>], problems: &mut Vec<Problem>) {
        let mut by_name: BTreeMap<&str, Vec<(&Origin, String)>> = BTreeMap::new();
        for Collection { name, origin, .. } in &self.0 {
            by_name.entry(name).or_default().push((origin, format!("at {}", origin.location())));
        }
        let undeclared = checks.iter().filter_map(|check| {
            let origin = check.origin()?;
            self.enclosing(origin).next().is_none().then_some((origin, check))
        });
        for (origin, check) in undeclared {
            let (package, version) = (origin.module.package(), origin.module.version);
            let holders = by_name.entry(package).or_default();
            let holder = format!("package `{package}` {version}, for its checks in no collection");
            // The first check stands for all those of the package.
            if !holders.iter().any(|(_, known)| known.starts_with(&holder)) {
                let example = format!("{holder}, such as `{}` at {}", check.name, check.location);
                holders.push((origin, example));
            }
        }
        by_name.retain(|_, holders| holders.len() > 1);
        problems.extend(by_name.into_iter().map(|(name, holders)| {
            let message = format!(
                "{} collections are named `{name}`:{}\n   {}",
                holders.len(),
                lines(holders.iter().map(|(_, holder)| holder)),
                compiled_twice::explain_or(holders.iter().map(|(origin, _)| *origin), || {
                    "give all but one another name in `collection!(name = \"…\")`".to_owned()
                })
            );
            let locations = holders.into_iter().map(|(origin, _)| origin.location());
            Problem::new(ProblemKind::DuplicateCollection, locations, message)
        }));
    }

    fn find_empty(&self, checks: &[Box<Declaration>], problems: &mut Vec<Problem>) {
        let has_check = |collection: &Collection| {
            checks.iter().any(|check| match check.origin() {
                Some(origin) => origin.module.is_within(collection.origin.module),
                None => check.options.collection_name() == Some(collection.name),
            })
        };
        for Collection { name, origin, .. } in
            self.0.iter().filter(|collection| !has_check(collection))
        {
            let location = origin.location();
            let message = format!(
                "collection `{name}` at {location} has no health check; annotate a function in its \
                 module, or in one below it, with `#[healthcheck]`, or remove the `collection!`"
            );
            problems.push(Problem::new(ProblemKind::EmptyCollection, [location], message));
        }
    }
}
