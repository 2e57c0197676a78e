//! The HTTP surface as an axum router.

use axum::Router;
use axum::routing::{MethodFilter, on_service};

use crate::panopticon::Panopticon;

/// All methods that axum tells apart.
const EVERY_METHOD: MethodFilter = MethodFilter::CONNECT
    .or(MethodFilter::DELETE)
    .or(MethodFilter::GET)
    .or(MethodFilter::HEAD)
    .or(MethodFilter::OPTIONS)
    .or(MethodFilter::PATCH)
    .or(MethodFilter::POST)
    .or(MethodFilter::PUT)
    .or(MethodFilter::TRACE);

impl Panopticon {
    /// A router that answers health questions, to be merged or nested into the service's own, of
    /// whatever state.
    ///
    /// It routes the [path](crate::Builder::path), the path with a slash behind it, and
    /// `{path}/{component}`, each to [`http_service`](Self::http_service), which says what is
    /// answered.
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
        // Not `route_service`, which axum boxes anew wherever the router is merged. For each method,
        // so that a route of the service's own at one of these paths is refused and not merged.
        let route = on_service(EVERY_METHOD, service.clone()).fallback_service(service);
        let path = &self.settings().path;
        ["", "/", "/{component}", "/{component}/"]
            .into_iter()
            .fold(Router::new(), |router, rest| {
                router.route(&format!("{path}{rest}"), route.clone())
            })
    }
}
