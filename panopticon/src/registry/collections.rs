//! Which collection a check belongs to, and what it inherits from it and those around it.

use std::collections::BTreeMap;

use super::{Declaration, Declarations};
use crate::check::Collection;
use crate::check::{Options, Origin};
use crate::registry::{Place, Problem};

/// The declared collections, innermost first.
pub(super) struct Collections(Vec<Collection>);

impl Collections {
    /// Sorts and checks the collections; what is wrong goes to `problems`.
    pub(super) fn of(declarations: &Declarations, problems: &mut Vec<Problem>) -> Self {
        let mut declared = declarations.collections.clone();
        declared.sort_by_key(|Collection { name, origin, .. }| {
            (std::cmp::Reverse(origin.module.path.len()), *name, Place::from(origin))
        });
        let collections = Self(declared);
        collections.find_two_in_one_module(problems);
        collections.find_duplicate_names(&declarations.checks, problems);
        collections.find_empty(&declarations.checks, problems);
        collections
    }

    /// The name of the check's collection, and the options of that one and of those around it.
    pub(super) fn around<'a, 'b>(
        &'a self,
        check: &'b Declaration,
    ) -> (Option<&'b str>, Vec<&'a Options>) {
        let name = self.name_around(check);
        let within = match (check.origin(), name) {
            (Some(origin), _) => Some(origin),
            (None, Some(name)) => self
                .0
                .iter()
                .find(|collection| collection.name == name)
                .map(|collection| &collection.origin),
            (None, None) => None,
        };
        let defaults = within.into_iter().flat_map(|origin| self.enclosing(origin));
        (name, defaults.map(|collection| &collection.options).collect())
    }

    fn name_around<'b>(&self, check: &'b Declaration) -> Option<&'b str> {
        match check.origin() {
            Some(origin) => Some(match self.enclosing(origin).next() {
                Some(innermost) => innermost.name,
                None => origin.module.package(),
            }),
            None => check.options.collection.as_deref(),
        }
    }

    /// The collections around a place, innermost first.
    fn enclosing<'a>(&'a self, origin: &'a Origin) -> impl Iterator<Item = &'a Collection> {
        self.0.iter().filter(|collection| origin.module.is_within(collection.origin.module))
    }

    /// The compiler has found these, but in modules that stand in functions, whose paths leave the
    /// functions out.
    fn find_two_in_one_module(&self, problems: &mut Vec<Problem>) {
        let mut by_module: BTreeMap<_, Vec<Place>> = BTreeMap::new();
        for Collection { origin, .. } in &self.0 {
            let module = (origin.module.path, origin.module.target());
            by_module.entry(module).or_default().push(origin.into());
        }
        problems.extend(
            by_module
                .into_iter()
                .filter(|(_, places)| places.len() > 1)
                .map(|((module, _), places)| Problem::TwoCollectionsInModule { module, places }),
        );
    }

    /// A crate without a collection is one under its package's name, which also counts.
    fn find_duplicate_names(&self, checks: &[Box<Declaration>], problems: &mut Vec<Problem>) {
        let mut by_name: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for Collection { name, origin, .. } in &self.0 {
            by_name.entry(name).or_default().push(format!("at {}", Place::from(origin)));
        }
        let undeclared = checks.iter().filter_map(|check| {
            let origin = check.origin()?;
            self.enclosing(origin).next().is_none().then_some((origin, check))
        });
        for (origin, check) in undeclared {
            let (package, version) = (origin.module.package(), origin.module.version);
            // Sorted by name already: the first one speaks for the package.
            let holders = by_name.entry(package).or_default();
            let holder = format!(
                "package `{package}` {version}, for the checks of it that stand in no other"
            );
            if !holders.iter().any(|known| known.starts_with(&holder)) {
                holders.push(format!("{holder}, such as `{}` at {}", check.name, check.place));
            }
        }
        problems.extend(by_name.into_iter().filter(|(_, holders)| holders.len() > 1).map(
            |(name, holders)| Problem::DuplicateCollection { name: name.to_owned(), holders },
        ));
    }

    fn find_empty(&self, checks: &[Box<Declaration>], problems: &mut Vec<Problem>) {
        let has_check = |collection: &Collection| {
            checks.iter().any(|check| match check.origin() {
                Some(origin) => origin.module.is_within(collection.origin.module),
                None => check.options.collection.as_deref() == Some(collection.name),
            })
        };
        problems.extend(self.0.iter().filter(|collection| !has_check(collection)).map(
            |Collection { name, origin, .. }| Problem::EmptyCollection {
                name,
                place: origin.into(),
            },
        ));
    }
}
