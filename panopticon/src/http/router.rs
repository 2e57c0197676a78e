//! The HTTP surface as an axum router.

use axum::Router;
use axum::routing::{MethodFilter, on_service};

use crate::panopticon::Panopticon;

/// All methods that axum distinguishes but CONNECT: before 0.8.9, axum confuses it with OPTIONS.
const METHODS: MethodFilter = MethodFilter::DELETE
    .or(MethodFilter::GET)
    .or(MethodFilter::HEAD)
    .or(MethodFilter::OPTIONS)
    .or(MethodFilter::PATCH)
    .or(MethodFilter::POST)
    .or(MethodFilter::PUT)
    .or(MethodFilter::TRACE);

impl Panopticon {
    /// Returns a router that serves the health report. Merge or nest it into the service's own
    /// router, whatever the type of its state.
    ///
    /// It routes the [path](crate::Builder::path), with or without a slash after it, and
    /// `{path}/{component}`, to the [service](crate::HealthService), whose documentation lists the
    /// answers.
    ///
    /// ```
    /// use axum::Router;
    /// use panopticon::{CheckOptions, Health, Panopticon};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let health = Panopticon::empty()
    ///     .check("disk", CheckOptions::new(), || async { Health::healthy("writable") })
    ///     .build()?;
    ///
    /// let app: Router = Router::new().merge(health.router());
    /// # Ok(())
    /// # }
    /// ```
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let service = self.http_service();
        // Not `route_service`, which axum boxes again for each merge. The methods are routed, so
        // that axum refuses to merge another route at one of these paths.
        let route = on_service(METHODS, service.clone()).fallback_service(service);
        let path = &self.settings().path;
        ["", "/", "/{component}", "/{component}/"]
            .into_iter()
            .fold(Router::new(), |router, rest| {
                router.route(&format!("{path}{rest}"), route.clone())
            })
    }
}
