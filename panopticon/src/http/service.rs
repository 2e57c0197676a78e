//! The report as a [`tower`](tower_service) service on the types of the `http` crate.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::request::Parts;
use http::{Method, Request, Response};
use tower_service::Service;

use super::answer::Answer;
use super::body::HealthBody;
use super::disclosure::disclosure;
use super::mount::{Mount, Paths};
use super::question::Question;
use super::request::HealthRequest;
use super::respond::{View, respond};
use super::response::HealthResponse;
use crate::panopticon::{Builder, Panopticon, PendingHandle};
use crate::report::Disclosure;

/// A service that answers requests for the health report, in any framework that runs `tower`
/// services; from [`Panopticon::http_service`].
///
/// | request | answer |
/// | --- | --- |
/// | `GET` or `HEAD` of the [path](crate::Builder::path), with or without a slash after it | the [`Report`](crate::Report); 200 if the service is healthy, 200 or the [configured status](crate::Builder::degraded_status) if it is degraded; otherwise, and [while the service drains](crate::Builder::drain_fails_report), 503 (or the [configured status](crate::Builder::unhealthy_status)) |
/// | the path followed by `/liveness`, `/readiness` or `/startup` | the report on the components of that [probe](crate::Probe) |
/// | any of these with `?collection=orders`, `?tag=queue` or `?exclude=search`, each once or more | the report on the components of these collections that have these tags, without these components |
/// | the path followed by a component's name | the [`Component`](crate::Component), with the status of its own health, whether critical or optional |
/// | the path followed by `/metrics`, with the feature `prometheus` | metrics in the accepted format, always with 200; no check runs |
/// | `/livez`, `/readyz` or `/startupz`, or where [`Builder::z_pages`](crate::Builder::z_pages) moves them, and a component below one of them | [the probe, in the format of Kubernetes' API server](crate::guide::http#z-pages) |
/// | an unknown component, collection or tag | 404, and an object with `error` and the known `components`, `collections` or `tags` |
/// | a selection without any component | 404, and an object with `error` |
/// | a component's name with `?collection=`, `?tag=` or `?exclude=`, or a `?pretty=` other than `true`, `1`, `false` and `0` | 400, and an object with `error` |
/// | an unknown `?format=` | 400, and an object with `error` and the known `formats` |
/// | the report or a component with an `Accept` header that accepts no known format | 406, and an object with `error` and the known `formats` |
/// | any of these with a malformed percent-encoding | 400, and an object with `error` |
/// | any other path | 404, and an object with `error` |
/// | `OPTIONS` | 204 with `Allow` if `GET` would be answered with 200 or another 2xx, otherwise like `GET`, also with `Allow` |
/// | any other method | 405 with `Allow`, and an object with `error` |
///
/// | `?format=` | media type | what is written |
/// | --- | --- | --- |
/// | `json` | `application/json` | the default; numbers are written as by [`Report::to_json`](crate::Report::to_json), and `?pretty` (or `?pretty=true`) indents it |
/// | `health+json` | `application/health+json` | the same, as an [IETF draft](crate::guide::formats) defines it |
/// | `text` | `text/plain; charset=utf-8` | a line for each component, as Kubernetes' API server writes it, without messages and details |
/// | `html` | `text/html; charset=utf-8` | [a page](crate::guide::page) for browsers, with the feature `page` |
/// | `openmetrics` | `application/openmetrics-text; version=1.0.0; charset=utf-8` | [metrics](crate::guide::metrics) of the last results of all components, with the feature `prometheus` |
/// | `prometheus` | `text/plain; version=0.0.4; charset=utf-8` | the same in Prometheus's older text format |
///
/// The format is that of `?format=`, or else the one that the `Accept` header prefers, as
/// [the guide](crate::guide::http#formats) describes. An answer with `error` is always JSON. Every answer
/// has `Cache-Control: no-store` and, except for 204, `Content-Type`; all but the z-pages have
/// `Vary: Accept`. How much of a report or component an answer has depends on the reader's
/// [`Disclosure`]. Answers for load balancers have [headers for Envoy](crate::guide::http). `HEAD` and
/// `OPTIONS` run checks as `GET` does; `HEAD` is answered without the body.
///
/// The service does not read the request's body, whatever its type.
///
/// The service looks for the report's path in the URI of the request. If axum 0.8 has stripped a
/// prefix that ends with this path, as `nest_service("/healthcheck", …)` does, the service, with
/// the feature `axum`, recognizes this and answers what follows the prefix. If anything else strips
/// the report's path, call [`nested`](Self::nested).
#[derive(Debug, Clone)]
pub struct HealthService {
    source: Source,
    mount: Mount,
    /// What readers see unless it is configured.
    default_disclosure: Disclosure,
}

/// Where the reports come from.
#[derive(Debug, Clone)]
enum Source {
    Built(Panopticon),
    Pending(Arc<PendingHandle>),
}

impl Source {
    fn paths(&self) -> Paths<'_> {
        match self {
            Self::Built(health) => {
                Paths { report: health.path(), z_pages: health.settings().z_pages.as_deref() }
            }
            Self::Pending(pending) => Paths { report: pending.path(), z_pages: pending.z_pages() },
        }
    }

    fn health(&self) -> Option<&Panopticon> {
        match self {
            Self::Built(health) => Some(health),
            Self::Pending(pending) => pending.get(),
        }
    }
}

impl Panopticon {
    /// Returns the health report as a `tower` service.
    ///
    /// ```
    /// use http::{Request, StatusCode};
    /// use panopticon::{CheckOptions, Health, Panopticon};
    /// use tower_service::Service;
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let health = Panopticon::empty()
    ///     .check("disk", CheckOptions::new(), || async { Health::unhealthy("full") })
    ///     .build()?;
    ///
    /// let response = health.http_service().call(Request::get("/healthcheck").body(())?).await?;
    /// assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn http_service(&self) -> HealthService {
        HealthService::new(Source::Built(self.clone()))
    }

    /// Answers a request as [`http_service`](Self::http_service) does, for servers and frameworks
    /// that do not run `tower` services. Works on any executor.
    ///
    /// ```
    /// use panopticon::{CheckOptions, Health, HealthRequest, Panopticon};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let health = Panopticon::empty()
    ///     .check("disk", CheckOptions::new(), || async { Health::unhealthy("full") })
    ///     .build()?;
    ///
    /// let request = HealthRequest::new("GET", "/healthcheck?pretty")
    ///     .headers([("accept", "application/json")]);
    /// let response = health.answer(request).await;
    /// assert_eq!(response.status(), 503);
    /// assert!(response.headers().any(|header| header == ("content-type", "application/json")));
    /// assert!(response.into_body().starts_with(b"{\n  \"service_healthy\": false,"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn answer(&self, request: HealthRequest) -> HealthResponse {
        self.http_service().answer(request).await
    }

    /// Returns the path of the report, as [configured](crate::Builder::path). It begins with a
    /// slash and does not end with one.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.settings().path
    }
}

impl Builder {
    /// Returns the health report as a `tower` service before `build()`, for services that listen
    /// before they are connected to what their checks need, and for code that creates the routes of
    /// a service without running it.
    ///
    /// Until [`build`](Self::build) has succeeded, the liveness probe and `/livez` are answered
    /// with 200, since restarting a process that is still starting does not help, and everything
    /// else with 503 and an object with `error`, or the text of a z-page. From then on, the service
    /// answers like that of the returned handle.
    ///
    /// Set the [path](Self::path) and the path of the [z-pages](Self::z_pages) before you call
    /// this.
    ///
    /// ```
    /// use panopticon::{CheckOptions, HealthRequest, Panopticon};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut builder = Panopticon::empty();
    /// let service = builder.http_service();
    /// assert_eq!(service.answer(HealthRequest::get("/healthcheck")).await.status(), 503);
    ///
    /// // Connect to the database.
    /// let health = builder.check("database", CheckOptions::new(), || async {}).build()?;
    /// assert_eq!(service.answer(HealthRequest::get("/healthcheck")).await.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    pub fn http_service(&mut self) -> HealthService {
        HealthService::new(Source::Pending(self.pending_handle()))
    }
}

impl HealthService {
    fn new(source: Source) -> Self {
        Self { source, mount: Mount::AtPath, default_disclosure: Disclosure::Authored }
    }

    /// Returns the service for a server that strips the report's path from requests: `/` is then
    /// the report, `/readiness` the readiness probe, and `/database` a component.
    ///
    /// The [configured path](crate::Builder::path) is ignored, and there are no
    /// [z-pages](crate::Builder::z_pages), since everything below belongs to the report.
    ///
    /// ```
    /// use panopticon::{CheckOptions, HealthRequest, Panopticon};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let health = Panopticon::empty().check("disk", CheckOptions::new(), || async {}).build()?;
    ///
    /// let service = health.http_service().nested();
    /// assert_eq!(service.answer(HealthRequest::get("/")).await.status(), 200);
    /// assert_eq!(service.answer(HealthRequest::get("/readiness")).await.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn nested(self) -> Self {
        Self { mount: Mount::Nested, ..self }
    }

    /// Returns the service for a router that matches the report's path.
    #[cfg(feature = "axum")]
    pub(super) fn routed(self) -> Self {
        Self { mount: Mount::Routed, ..self }
    }

    #[cfg(feature = "axum")]
    pub(super) fn paths(&self) -> Paths<'_> {
        self.source.paths()
    }

    /// Sets what readers see unless it is configured, instead of
    /// [`Authored`](Disclosure::Authored).
    #[cfg(feature = "server")]
    pub(crate) fn disclosing_by_default(self, default_disclosure: Disclosure) -> Self {
        Self { default_disclosure, ..self }
    }

    /// Returns an answer with 503 and an error that is not about the service's health.
    #[cfg(feature = "server")]
    pub(crate) fn unavailable(error: String) -> Response<HealthBody> {
        let answer = Answer::refusal(http::StatusCode::SERVICE_UNAVAILABLE, error, false);
        answer.into_response(&Method::GET, false)
    }

    /// Answers a request as [`Panopticon::answer`] does, for servers and frameworks that do not run
    /// `tower` services. Works on any executor.
    pub async fn answer(&self, request: HealthRequest) -> HealthResponse {
        let HealthRequest { request, malformed } = request;
        let (request, ()) = request.into_parts();
        let question = match malformed {
            None => Question::read(self.source.paths(), self.mount, &request),
            Some(error) => Err(Answer::bad_request(error)),
        };
        let method = match &request.method {
            // Servers leave the body out, but take the length from it.
            &Method::HEAD => &Method::GET,
            method => method,
        };
        let view = self.view(&request);
        HealthResponse { response: respond(view, question, method).await }
    }

    /// Returns what the reader of an answer sees, or `None` before `build()`.
    fn view(&self, request: &Parts) -> Option<View> {
        let health = self.source.health()?;
        let disclosure = disclosure(health, self.default_disclosure, request);
        Some(View { health: health.clone(), disclosure })
    }
}

impl<B> Service<Request<B>> for HealthService {
    type Response = Response<HealthBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (request, _) = request.into_parts();
        let question = Question::read(self.source.paths(), self.mount, &request);
        let view = self.view(&request);
        let method = request.method;
        Box::pin(async move { Ok(respond(view, question, &method).await) })
    }
}
