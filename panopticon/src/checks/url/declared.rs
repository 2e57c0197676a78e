//! URL checks that are known when the service starts.

use std::sync::Arc;

use super::UrlCheck;
use crate::check::{CheckFn, CheckOptions, SourceLocation};
use crate::panopticon::Builder;

impl Builder {
    /// Adds a check of a URL that is known now, so that [`build()`](Self::build) fails if it is
    /// malformed or if another of its settings is invalid, with every mistake. The files of a
    /// [client certificate](UrlCheck::client_certificate_files) are read too. Nothing is sent before
    /// the check runs. Needs the feature `check-url`.
    ///
    /// The timeout of the component is the builder's, by default 2 s, unless the options say
    /// otherwise; see [`checks::url`](crate::checks::url).
    ///
    /// ```
    /// use panopticon::checks::url::check_url;
    /// use panopticon::{CheckOptions, Panopticon, ProblemKind};
    /// use std::time::Duration;
    ///
    /// let options = || CheckOptions::new().timeout(Duration::from_secs(6));
    /// # let ledger_url = "https://ledger.internal/status";
    /// let builder = Panopticon::empty()
    ///     .check_url("ledger", options(), check_url(ledger_url))
    ///     .check_url("search", options(), check_url("search:9200/_cluster/health"));
    ///
    /// let error = builder.build().unwrap_err();
    /// let problem = &error.problems()[0];
    /// assert_eq!(problem.kind(), ProblemKind::InvalidCheck);
    /// assert!(problem.to_string().contains("the URL cannot be parsed"), "{problem}");
    /// ```
    #[track_caller]
    pub fn check_url(
        self,
        name: impl Into<String>,
        options: CheckOptions,
        check: UrlCheck,
    ) -> Self {
        let mistakes = match check.clone().validated() {
            Ok(_) => Vec::new(),
            Err(invalid) => invalid.mistakes().map(str::to_owned).collect(),
        };
        let function = CheckFn::AsyncClosure(Arc::new(move || check.clone().into_future()));
        let name = (name.into(), "check_url");
        self.declare(name, options, function, SourceLocation::of_caller(), mistakes)
    }
}
