//! Changes to what is discovered: checks that are switched off, renamed or added.

use super::Builder;
use crate::check::{CheckFn, CheckOptions, SourceLocation};
use crate::registry::{Declaration, LeftOutReason, Rename, SwitchedOff};

impl Builder {
    /// Switches off a check in a crate that is not yours, by the name of its component: it never
    /// runs, it is not in the report, and the resources that it takes need not be provided.
    /// Components that depend on it are checked as if they did not depend on it.
    /// [`Panopticon::left_out`](crate::Panopticon::left_out) lists it.
    ///
    /// In the environment, `PANOPTICON_WITHOUT=ledger,mail` switches off these checks *in addition*
    /// to those of the builder. White space around the names is ignored. `build()` fails if there
    /// is no such check, or if no check is left.
    ///
    /// An empty variable switches nothing off.
    ///
    /// Instead of a component's name, both accept the path of a function, such as
    /// `billing::healthchecks::database`. If several checks have the same name, only a path can say
    /// which one to switch off.
    ///
    /// ```standalone_crate
    /// use panopticon::{Panopticon, healthcheck};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), panopticon::BuildError> {
    /// mod billing { // a crate that is not yours
    ///     pub struct Ledger;
    ///
    ///     #[panopticon::healthcheck]
    ///     fn ledger(_: &Ledger) {}
    /// }
    ///
    /// #[healthcheck]
    /// async fn database() {}
    ///
    /// let health = Panopticon::builder().without("ledger").build()?;
    /// assert_eq!(health.report().await.to_string(), "service healthy: database healthy");
    /// assert_eq!(health.left_out()[0].name(), "ledger");
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn without(mut self, check: impl Into<String>) -> Self {
        let reason = LeftOutReason::SwitchedOff { place: SourceLocation::of_caller() };
        self.declarations.switched_off.push(SwitchedOff { check: check.into(), reason });
        self
    }

    /// Renames a check in a crate that is not yours, by the path of its function: that of its
    /// module, as returned by `module_path!()`, and the function's own name. The function need not
    /// be public.
    ///
    /// The new name is used everywhere: in [`without`](Self::without), in
    /// [`CheckOptions::depends_on`] and in reports. `build()` fails if there is no such function,
    /// if it is renamed twice, or if the new name breaks the rules or is another component's.
    ///
    /// If [`discover!`](crate::discover) lists two crates that have checks with the same name, this
    /// does not compile, so there is nothing to rename. List one of the crates as `#[link_only]`
    /// first.
    ///
    /// ```standalone_crate
    /// use panopticon::{Panopticon, healthcheck};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), panopticon::BuildError> {
    /// #[healthcheck]
    /// async fn database() {}
    ///
    /// let path = concat!(module_path!(), "::database"); // such as "billing::healthchecks::database"
    /// let health = Panopticon::builder().rename(path, "billing.database").build()?;
    /// let report = health.report().await;
    /// assert_eq!(report.to_string(), "service healthy: billing.database healthy");
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn rename(mut self, function: impl Into<String>, name: impl Into<String>) -> Self {
        let (function, name) = (function.into(), name.into().into());
        let place = SourceLocation::of_caller();
        self.declarations.renames.push(Rename { function, name, place });
        self
    }

    /// Adds a check, with the method of the builder that declares it and what is wrong with it.
    pub(crate) fn declare(
        mut self,
        (name, method): (String, &'static str),
        options: CheckOptions,
        function: CheckFn,
        location: SourceLocation,
        mistakes: Vec<String>,
    ) -> Self {
        let declaration = Declaration {
            name: name.into(),
            location,
            annotated: None,
            options,
            function,
            builder_method: Some(method),
            renamed_at: None,
            mistakes,
        };
        self.declarations.checks.push(Box::new(declaration));
        self
    }
}
