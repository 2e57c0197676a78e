//! The layer and its service.

use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};

use http::request::Parts;
use http::{Extensions, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::body::ResponseBody;
use super::future::ResponseFuture;
use super::record::{Record, RequestEvents, RequestOutcome};
use crate::datadog::client::Stats;
use crate::datadog::global::installed;

type FindRoute = dyn Fn(&Parts) -> Option<Cow<'static, str>> + Send + Sync;

/// A layer that sends statistics of requests; the [module](super) lists them.
///
/// With a disabled client, it passes requests on unchanged. Panics are counted and then resumed, so
/// the server or an outer layer sees them.
#[derive(Clone)]
pub struct RequestMetricsLayer {
    /// `None` for the installed client, which is looked up for each request.
    stats: Option<Stats>,
    find_route: Option<Arc<FindRoute>>,
    events: RequestEvents,
}

impl RequestMetricsLayer {
    /// Creates a layer that sends through the client.
    #[must_use]
    pub fn new(stats: &Stats) -> Self {
        Self { stats: Some(stats.clone()), ..Self::installed() }
    }

    /// Creates a layer that sends through the process-wide client, as soon as one is
    /// [installed](crate::datadog::StatsBuilder::install). The same as `default()`.
    ///
    /// ```
    /// use std::convert::Infallible;
    ///
    /// use http::{Request, Response};
    /// use panopticon::datadog::requests::RequestMetricsLayer;
    /// use panopticon::datadog::testing::Recorder;
    /// use tower::{ServiceBuilder, ServiceExt};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let service = ServiceBuilder::new()
    ///     .layer(RequestMetricsLayer::installed())
    ///     .service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(())) });
    ///
    /// let recorder = Recorder::new();
    /// recorder.install()?; // in `main`: `Stats::builder().install()?`
    /// service.oneshot(Request::get("/").body(())?).await?;
    ///
    /// let tags = [("method", "GET"), ("route", "unmatched"), ("status", "2xx")];
    /// assert_eq!(recorder.sum("requests.successful", &tags), 1.0);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn installed() -> Self {
        Self { stats: None, find_route: None, events: RequestEvents::DEFAULT }
    }

    /// Sets a function that returns the route of a request if axum does not know it. Return the
    /// route's pattern, such as `/orders/{id}`, and not the request's path: each distinct text adds
    /// a few metrics, and Datadog charges for each.
    ///
    /// `None` or an empty text is sent as `unmatched`, and `{id}` as `:id`.
    ///
    /// ```
    /// use std::convert::Infallible;
    ///
    /// use http::{Request, Response};
    /// use panopticon::datadog::requests::RequestMetricsLayer;
    /// use panopticon::datadog::testing::Recorder;
    /// use tower::{ServiceBuilder, ServiceExt};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let recorder = Recorder::new();
    /// let layer = RequestMetricsLayer::new(&recorder.stats()).route(|request| {
    ///     let mut segments = request.uri.path().split('/').skip(1);
    ///     match (segments.next()?, segments.next(), segments.next()) {
    ///         ("orders", None, None) => Some("/orders"),
    ///         ("orders", Some(_), None) => Some("/orders/{id}"),
    ///         _ => None,
    ///     }
    /// });
    /// let service = ServiceBuilder::new()
    ///     .layer(layer)
    ///     .service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(())) });
    ///
    /// service.oneshot(Request::post("/orders/7").body(())?).await?;
    ///
    /// let tags = [("method", "POST"), ("route", "/orders/:id"), ("status", "2xx")];
    /// assert_eq!(recorder.sum("requests.successful", &tags), 1.0);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn route<R, F>(mut self, find: F) -> Self
    where
        F: Fn(&Parts) -> Option<R> + Send + Sync + 'static,
        R: Into<Cow<'static, str>>,
    {
        self.find_route = Some(Arc::new(move |request| find(request).map(Into::into)));
        self
    }

    /// Sends metrics only.
    #[must_use]
    pub fn without_events(mut self) -> Self {
        self.events.are_sent = false;
        self
    }

    /// Adds the texts of errors, with their sources, to the events about them. They are left out by
    /// default, since they may contain addresses, queries or a customer's data.
    ///
    /// An error is sent as its `{:#}` text; a boxed error as its text followed by those of its
    /// sources.
    #[must_use]
    pub fn with_error_texts(mut self) -> Self {
        self.events.have_error_texts = true;
        self
    }

    /// Adds the messages of panics to the events about them. They are left out by default, since
    /// the messages of `unwrap()` and of assertions contain the values themselves, such as a
    /// customer's data or a password.
    #[must_use]
    pub fn with_panic_messages(mut self) -> Self {
        self.events.have_panic_messages = true;
        self
    }

    /// Begins the record of a request, unless the client is disabled.
    fn begin<B>(&self, request: &Request<B>) -> Option<Record> {
        let stats = self.stats.clone().unwrap_or_else(installed);
        stats.is_enabled().then(|| Record::begin(stats, self.events, request.method()))
    }

    /// Returns the route of a request, and the request unchanged.
    fn find_route<B>(&self, request: Request<B>) -> (Option<Cow<'static, str>>, Request<B>) {
        if let Some(route) = matched_route(request.extensions()) {
            return (Some(route.to_owned().into()), request);
        }
        let Some(find) = &self.find_route else { return (None, request) };
        let (parts, body) = request.into_parts();
        (find(&parts), Request::from_parts(parts, body))
    }
}

#[cfg(feature = "axum")]
fn matched_route(extensions: &Extensions) -> Option<&str> {
    extensions.get().map(axum::extract::MatchedPath::as_str)
}

#[cfg(not(feature = "axum"))]
fn matched_route(_: &Extensions) -> Option<&str> {
    None
}

impl Default for RequestMetricsLayer {
    fn default() -> Self {
        Self::installed()
    }
}

impl fmt::Debug for RequestMetricsLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestMetricsLayer")
            .field("stats", &self.stats)
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}

impl<S> Layer<S> for RequestMetricsLayer {
    type Service = RequestMetrics<S>;

    fn layer(&self, inner: S) -> RequestMetrics<S> {
        RequestMetrics { inner, layer: self.clone() }
    }
}

/// A service that sends statistics of its requests, from [`RequestMetricsLayer`].
///
/// It returns the responses and errors of the inner service; the bodies of responses are wrapped in a
/// [`ResponseBody`], for gRPC.
#[derive(Debug, Clone)]
pub struct RequestMetrics<S> {
    inner: S,
    layer: RequestMetricsLayer,
}

impl<S, B, R> Service<Request<B>> for RequestMetrics<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: fmt::Display + 'static,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    /// Errors and panics of `poll_ready` do not belong to a request, and are not counted.
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Some(mut record) = self.layer.begin(&request) else {
            return ResponseFuture::new(self.inner.call(request), None);
        };
        // The panic is resumed, so the caller sees the same broken invariants as without this
        // layer.
        let called = catch_unwind(AssertUnwindSafe(|| {
            let (route, request) = self.layer.find_route(request);
            record.set_route(route);
            self.inner.call(request)
        }));
        match called {
            Ok(inner) => ResponseFuture::new(inner, Some(record)),
            Err(payload) => {
                record.end(RequestOutcome::panic(&*payload));
                resume_unwind(payload)
            }
        }
    }
}
