use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};

use http::request::Parts;
use http::{Extensions, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::future::ResponseFuture;
use super::record::{Outcome, Record};
use crate::datadog::client::Stats;
use crate::datadog::global::installed;

type FindRoute = dyn Fn(&Parts) -> Option<Cow<'static, str>> + Send + Sync;

/// Sends statistics of the requests to a service, as the [module](super) says.
///
/// With a client that is disabled it does nothing but ask whether it is.
///
/// Panics are counted and go on as they were, to the server or to a layer outside.
#[derive(Clone)]
pub struct RequestMetricsLayer {
    /// `None` for the installed one, which is looked up at each request.
    stats: Option<Stats>,
    find_route: Option<Arc<FindRoute>>,
    has_events: bool,
}

impl RequestMetricsLayer {
    /// A layer that sends with the client.
    #[must_use]
    pub fn new(stats: &Stats) -> Self {
        Self { stats: Some(stats.clone()), ..Self::installed() }
    }

    /// A layer that sends with the process-wide client, from the moment on at which one is
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
        Self { stats: None, find_route: None, has_events: true }
    }

    /// Says what the route of a request is, where axum does not: one of a bounded number of texts,
    /// such as `/orders/{id}`, and not the path that was asked for. Every text that there ever was
    /// makes a few metrics, and Datadog charges for each.
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

    /// Sends metrics only. The events bear the texts of errors with their sources, and the messages
    /// of panics; this keeps both from Datadog.
    #[must_use]
    pub fn without_events(mut self) -> Self {
        self.has_events = false;
        self
    }

    /// Begins a request's record; none if nothing is sent.
    fn begin<B>(&self, request: &Request<B>) -> Option<Record> {
        let stats = self.stats.clone().unwrap_or_else(installed);
        stats.is_enabled().then(|| Record::begin(stats, self.has_events, request.method()))
    }

    /// The route of a request, which is given back as it was.
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
            .field("has_events", &self.has_events)
            .finish_non_exhaustive()
    }
}

impl<S> Layer<S> for RequestMetricsLayer {
    type Service = RequestMetrics<S>;

    fn layer(&self, inner: S) -> RequestMetrics<S> {
        RequestMetrics { inner, layer: self.clone() }
    }
}

/// A service of whose requests statistics are sent; from [`RequestMetricsLayer`].
///
/// Responses and errors are those of the service within. An error needs a text: what is sent of it
/// is its `{:#}`, and for a boxed error its text and those of its sources.
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
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    /// Errors and panics here belong to no request, and are not counted.
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Some(mut record) = self.layer.begin(&request) else {
            return ResponseFuture::new(self.inner.call(request), None);
        };
        // A panic goes on, so nobody sees more of a broken invariant than without this layer.
        let called = catch_unwind(AssertUnwindSafe(|| {
            let (route, request) = self.layer.find_route(request);
            record.set_route(route);
            self.inner.call(request)
        }));
        match called {
            Ok(inner) => ResponseFuture::new(inner, Some(record)),
            Err(payload) => {
                record.end(Outcome::panic(&*payload));
                resume_unwind(payload)
            }
        }
    }
}
