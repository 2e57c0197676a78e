//! Configures how much of an HTTP answer its reader sees.

use crate::settings::Settings;

#[cfg(feature = "http")]
use self::by_request::DiscloseBy;

/// What decides about a reader, other than the settings.
#[derive(Clone, Default)]
pub(super) struct DisclosureRule {
    #[cfg(feature = "http")]
    decide: Option<DiscloseBy>,
}

/// Returns what a reader sees instead of the text of an error: where to find it.
pub(super) fn instead_of_error(settings: &Settings) -> &'static str {
    // Without the feature `http`, the service's own endpoint decides who may see the text.
    #[cfg(not(feature = "http"))]
    let has_token = {
        let _ = settings;
        None
    };
    #[cfg(feature = "http")]
    let has_token = Some(settings.token.is_some());
    // Without the feature `tracing`, nothing is logged.
    match (cfg!(feature = "tracing"), has_token) {
        (true, Some(true)) => {
            "the check returned an error, which is in the service's log; send the service's token \
             to read it here"
        }
        (true, Some(false)) => {
            "the check returned an error, which is in the service's log; set PANOPTICON_TOKEN to \
             read it here"
        }
        (true, None) => "the check returned an error, which is in the service's log",
        (false, Some(true)) => {
            "the check returned an error; send the service's token to read it here"
        }
        (false, Some(false)) => "the check returned an error; set PANOPTICON_TOKEN to read it here",
        (false, None) => "the check returned an error",
    }
}

#[cfg(feature = "http")]
mod by_request {
    use std::sync::Arc;

    use http::request::Parts;

    use crate::panopticon::{Builder, Panopticon};
    use crate::report::Disclosure;
    use crate::settings::BearerToken;

    /// Decides how much of the answer to a request its reader sees.
    pub(crate) type DiscloseBy = Arc<dyn Fn(&Parts) -> Disclosure + Send + Sync>;

    impl Builder {
        /// Sets how much of an HTTP answer readers see without the [`token`](Self::token). In the
        /// environment, `PANOPTICON_DISCLOSURE=full`, `authored` or `status-only`. Default:
        /// [`Authored`](Disclosure::Authored), or [`Full`](Disclosure::Full) for `Panopticon::serve` on a
        /// loopback address or a Unix socket. Replaces [`disclose_by`](Self::disclose_by). Needs
        /// the feature `http`.
        ///
        /// ```
        /// use panopticon::{CheckOptions, Disclosure, HealthRequest, Panopticon};
        ///
        /// # #[tokio::main]
        /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
        /// let health = Panopticon::empty()
        ///     .check("database", CheckOptions::new(), || async { Err::<(), _>("no route to 10.0.0.7") })
        ///     .disclosure(Disclosure::Full)
        ///     .build()?;
        /// let response = health.answer(HealthRequest::get("/healthcheck/database")).await;
        /// assert!(String::from_utf8(response.into_body())?.contains("no route to 10.0.0.7"));
        /// # Ok(())
        /// # }
        /// ```
        pub fn disclosure(mut self, disclosure: Disclosure) -> Self {
            self.settings.disclosure = Some(Some(disclosure));
            self.disclosure.decide = None;
            self
        }

        /// Sets a closure that decides, for each request without the [`token`](Self::token), how
        /// much of the answer the reader sees: for example by a header that a proxy sets, or by the
        /// client's address or another extension that your middleware adds. Replaces
        /// [`disclosure`](Self::disclosure) and `PANOPTICON_DISCLOSURE`. Needs the feature `http`.
        ///
        /// The closure must not block. If it panics, the reader sees
        /// [`StatusOnly`](Disclosure::StatusOnly).
        ///
        /// ```
        /// use panopticon::{CheckOptions, Disclosure, HealthRequest, Panopticon};
        ///
        /// # #[tokio::main]
        /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
        /// let health = Panopticon::empty()
        ///     .check("database", CheckOptions::new(), || async { Err::<(), _>("no route to 10.0.0.7") })
        ///     // The proxy sets this header, and removes it from clients' requests.
        ///     .disclose_by(|request| match request.headers.get("x-employee") {
        ///         Some(_) => Disclosure::Full,
        ///         None => Disclosure::StatusOnly,
        ///     })
        ///     .build()?;
        /// let request = HealthRequest::get("/healthcheck/database").headers([("x-employee", "ada")]);
        /// let body = String::from_utf8(health.answer(request).await.into_body())?;
        /// assert!(body.contains("no route to 10.0.0.7"));
        /// # Ok(())
        /// # }
        /// ```
        pub fn disclose_by(
            mut self,
            decide: impl Fn(&Parts) -> Disclosure + Send + Sync + 'static,
        ) -> Self {
            self.settings.disclosure = Some(None);
            self.disclosure.decide = Some(Arc::new(decide));
            self
        }

        /// Sets the token with which a reader sees [everything](Disclosure::Full) over HTTP, in the
        /// header `Authorization: Bearer …`: at least 16 visible ASCII characters, such as the
        /// output of `openssl rand -hex 32`. In the environment, `PANOPTICON_TOKEN`. Default: none.
        /// Needs the feature `http`.
        ///
        /// A request with a wrong token is answered like one without a token. No log, error or
        /// `Debug` output contains the token.
        ///
        /// ```
        /// use panopticon::{CheckOptions, HealthRequest, Panopticon};
        ///
        /// # #[tokio::main]
        /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
        /// # let token = "0123456789abcdef0123456789abcdef";
        /// let health = Panopticon::empty()
        ///     .check("database", CheckOptions::new(), || async { Err::<(), _>("no route to 10.0.0.7") })
        ///     .token(token)
        ///     .build()?;
        /// let request = HealthRequest::get("/healthcheck/database");
        /// let body = health.answer(request).await.into_body();
        /// assert!(!String::from_utf8(body)?.contains("10.0.0.7"));
        ///
        /// let request = HealthRequest::get("/healthcheck/database")
        ///     .headers([("authorization", format!("Bearer {token}"))]);
        /// let body = health.answer(request).await.into_body();
        /// assert!(String::from_utf8(body)?.contains("no route to 10.0.0.7"));
        /// # Ok(())
        /// # }
        /// ```
        pub fn token(mut self, token: impl Into<String>) -> Self {
            self.settings.token = Some(Some(BearerToken::new(token)));
            self
        }
    }

    impl Panopticon {
        /// Returns the closure that decides how much readers see, if there is one.
        pub(crate) fn disclose_by(&self) -> Option<&DiscloseBy> {
            self.shared.disclosure.decide.as_ref()
        }
    }
}
