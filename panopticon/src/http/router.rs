//! The HTTP surface as an axum router.

use std::iter;

use axum::Router;
use axum::routing::{MethodFilter, on_service};

use super::mount::Paths;
use super::service::HealthService;
use crate::check::Probe;
use crate::panopticon::{Builder, Panopticon};

/// All methods that axum distinguishes, except CONNECT: before 0.8.9, axum confuses it with
/// OPTIONS.
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
    /// It routes the [path](crate::Builder::path), with or without a trailing slash,
    /// `{path}/{component}`, and the same for the [z-pages](crate::Builder::z_pages) `/livez`,
    /// `/readyz` and `/startupz`, to the [service](crate::HealthService), whose documentation lists
    /// the answers. If one of these paths is already routed, axum's `merge` panics and names it:
    /// move the report or the z-pages, or switch the latter off.
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
        router(self.http_service())
    }
}

impl Builder {
    /// Returns a router that serves the health report, before `build()`. Until
    /// [`build`](Self::build) has succeeded, it answers like [`http_service`](Self::http_service).
    ///
    /// ```no_run
    /// use axum::Router;
    /// use panopticon::Panopticon;
    ///
    /// /// Creates the routes, for `main`, for tests, and for a program that writes an OpenAPI document.
    /// fn app(health: Router) -> Router {
    ///     Router::new().merge(health) // and your own routes
    /// }
    ///
    /// # struct Pool;
    /// # async fn connect() -> std::io::Result<Pool> { Ok(Pool) }
    /// #[tokio::main]
    /// async fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     let mut builder = Panopticon::builder();
    ///     let app = app(builder.router());
    ///     let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    ///     let server = tokio::spawn(async { axum::serve(listener, app).await });
    ///     let pool = connect().await?; // the service is not ready until then
    ///     let health = builder.provide(pool).build()?;
    ///     server.await??;
    ///     Ok(())
    /// }
    /// ```
    pub fn router<S: Clone + Send + Sync + 'static>(&mut self) -> Router<S> {
        router(self.http_service())
    }
}

fn router<S: Clone + Send + Sync + 'static>(service: HealthService) -> Router<S> {
    let service = service.routed();
    // Not `route_service`, which axum boxes again for each merge. Routing each method makes axum
    // reject a merge with another route at one of these paths.
    let route = on_service(METHODS, service.clone()).fallback_service(service.clone());
    let Paths { report, z_pages } = service.paths();
    let z_pages = z_pages.into_iter().flat_map(|prefix| {
        let prefix = prefix.trim_end_matches('/');
        Probe::ALL.map(|probe| format!("{prefix}/{}", probe.z_page()))
    });
    let paths = iter::once(report.to_owned()).chain(z_pages);
    let routes = paths.flat_map(|path| {
        ["", "/", "/{component}", "/{component}/"].map(|rest| format!("{path}{rest}"))
    });
    routes.fold(Router::new(), |router, path| router.route(&path, route.clone()))
}
