//! How a component came about, which is not serialized.

use std::sync::Arc;

use super::component::Component;
use crate::health::Status;

/// How a component came about.
#[derive(Debug, Clone, Default)]
pub(super) struct Origin {
    /// What the run itself found. `None` if there is no run.
    run_status: Option<Status>,
    /// Why the check was not run, if that is because of a dependency.
    cause: Option<Arc<Cause>>,
}

/// The component because of which a check was not run.
#[derive(Debug)]
struct Cause {
    /// The one that the check itself depends on.
    dependency: Arc<str>,
    /// The first one of the chain, whose own check says why.
    root: Arc<str>,
}

/// Compares only what is serialized: nothing.
impl PartialEq for Origin {
    fn eq(&self, Self { .. }: &Self) -> bool {
        true
    }
}

impl Origin {
    /// Returns the origin of a component whose check was run.
    pub(super) fn run(found: Status) -> Self {
        Self { run_status: Some(found), cause: None }
    }

    /// Returns the origin of a component that was deserialized.
    pub(super) fn deserialized(latest: Status) -> Self {
        // No check returns unknown.
        let run_status = Some(latest).filter(|&latest| latest != Status::Unknown);
        Self { run_status, cause: None }
    }

    /// Returns the origin of a component whose check was not run because of this one.
    fn skipped_because_of(dependency: &Component) -> Self {
        let name = &dependency.name;
        let root = dependency.cause().map_or(name, |cause| &cause.root);
        let cause = Cause { dependency: Arc::clone(name), root: Arc::clone(root) };
        Self { run_status: None, cause: Some(Arc::new(cause)) }
    }
}

impl Component {
    /// Returns the same component, whose check was not run because of a dependency.
    pub(crate) fn skipped_because_of(self, dependency: &Self) -> Self {
        Self { origin: Origin::skipped_because_of(dependency), ..self }
    }

    /// Returns the status that the latest run itself had: before thresholds, which make it
    /// [`check_status`](Self::check_status), and before an operator's override, which makes it
    /// [`status`](Self::status). A run that gave no result, for example because it timed out, counts
    /// as unhealthy. Returns `None` if there is no run whose result this is: the check is skipped, has
    /// not run yet, or its last result is too old.
    ///
    /// ```
    /// use panopticon::{CheckOptions, Health, Panopticon, Status};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let health = Panopticon::empty()
    ///     .check("mail", CheckOptions::new().failure_threshold(3), || async {
    ///         Health::unhealthy("no answer")
    ///     })
    ///     .build()?;
    /// let mail = health.check("mail").await?;
    /// assert_eq!(mail.status(), Status::Unknown); // one failure does not count yet
    /// assert_eq!(mail.run_status(), Some(Status::Unhealthy));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn run_status(&self) -> Option<Status> {
        self.origin.run_status
    }

    /// Returns the name of the component that this one waits for: the one that it
    /// [depends on](macro@crate::healthcheck#depends_on--), and because of which its check
    /// is not run. Returns `None` if an operator overrides this component, since its status then has
    /// another reason, and for a component that was deserialized.
    #[must_use]
    pub fn waits_for(&self) -> Option<&str> {
        self.cause().map(|cause| &*cause.dependency)
    }

    /// Returns the name of the component that is the reason why this one is not checked: the end of
    /// the chain of those that [wait](Self::waits_for) for each other. It is itself checked or
    /// overridden, so it is the one to look at. `None` like `waits_for`.
    ///
    /// ```
    /// use panopticon::{CheckOptions, Health, Panopticon};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let health = Panopticon::empty()
    ///     .check("database", CheckOptions::new(), || async { Health::unhealthy("no answer") })
    ///     .check("orders", CheckOptions::new().depends_on("database"), || async {})
    ///     .check("invoices", CheckOptions::new().depends_on("orders"), || async {})
    ///     .build()?;
    /// let invoices = health.check("invoices").await?;
    /// assert_eq!(invoices.waits_for(), Some("orders"));
    /// assert_eq!(invoices.root_cause(), Some("database"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn root_cause(&self) -> Option<&str> {
        self.cause().map(|cause| &*cause.root)
    }

    fn cause(&self) -> Option<&Cause> {
        self.origin.cause.as_deref().filter(|_| self.active_override.is_none())
    }
}
