//! Requests as statistics: how many succeed, how many fail, how long they take, by route.
//!
//! [`RequestMetricsLayer`] is a `tower` layer for services on the types of the `http` crate. For
//! each request it sends, with the [client](crate::datadog) of statistics,
//!
//! | what | when |
//! | --- | --- |
//! | the count `requests.successful` | the response's status is below 500: what the client got wrong is no failure of the service |
//! | else the count `requests.failed` | the status is 500 or above, the service returned an error or panicked, or the request was dropped before there was a response |
//! | the histogram `requests.time_ms` | always: the milliseconds, fractions included, from the call of the service to the response's head or to the failure |
//! | the event "Exception occurred at `route`" | the service returned an error or panicked. It has the error's text with its sources, or the panic's message; [`without_events`](RequestMetricsLayer::without_events) keeps them back |
//!
//! with these tags:
//!
//! | tag | value |
//! | --- | --- |
//! | `method` | one of the methods that the `http` crate names, such as `GET`; else `other` |
//! | `route` | the route that the request has matched; `unmatched` if there is none. Never its path |
//! | `status` | `1xx`, `2xx`, `3xx`, `4xx`, `5xx`; `error`, `panic` or `dropped` where there is none |
//!
//! A request is dropped when its client is gone, or when a timeout outside the layer has passed. The
//! response's body is passed on as it is, and the time that it takes is not seen; nor is what
//! becomes of a connection after an upgrade.
//!
//! # axum
//!
//! With the feature `axum` the route is axum's `MatchedPath`. Add the layer with `Router::layer`,
//! after all routes, and once: routes that are added later are not counted, and those of a router
//! that has a layer of its own are counted twice.
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! use axum::Router;
//! use axum::body::Body;
//! use axum::http::Request;
//! use axum::routing::get;
//! use panopticon::datadog::requests::RequestMetricsLayer;
//! use panopticon::datadog::testing::Recorder;
//! use tower::ServiceExt;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let recorder = Recorder::new(); // in `main`: `Stats::builder().install()?`
//! let app: Router = Router::new()
//!     .route("/orders/{id}", get(|| async { "one book" }))
//!     .layer(RequestMetricsLayer::new(&recorder.stats()));
//!
//! app.clone().oneshot(Request::get("/orders/7").body(Body::empty())?).await?;
//! app.clone().oneshot(Request::get("/favicon.ico").body(Body::empty())?).await?;
//!
//! let order = [("method", "GET"), ("route", "/orders/:id"), ("status", "2xx")];
//! assert_eq!(recorder.sum("requests.successful", &order), 1.0);
//! assert_eq!(recorder.values("requests.time_ms", &order).len(), 1);
//! let other = [("method", "GET"), ("route", "unmatched"), ("status", "4xx")];
//! assert_eq!(recorder.sum("requests.successful", &other), 1.0);
//! # Ok(())
//! # }
//! ```
//!
//! - Datadog's tags have no braces: `/orders/{id}` is sent as `/orders/:id`, and `/files/{*path}` as
//!   `/files/:path`.
//! - A router that is nested is part of its route: `/api/orders/:id`.
//! - What fallbacks answer is `unmatched`. With `Router::route_layer` instead of `Router::layer` it
//!   is not counted at all.
//! - Of two routers without a fallback of their own, `merge` keeps that of the one that is merged in:
//!   after `app.layer(…).merge(health.router())` nothing is `unmatched`, unless `app` has a `fallback`.
//!   Merge the other way round: `health.router().merge(app.layer(…))`.
//! - What `nest_service` answers is `unmatched`: only the service in it knows the route. So is
//!   everything if the layer is put around the whole router, by `ServiceBuilder` say, since axum has
//!   not looked for the route by then.
//! - Of the layers that are added with `Router::layer`, the last is the outermost. A layer that makes
//!   responses of panics, added before this one, makes them a `5xx` here; added after, they are a
//!   `panic` here, and a response all the same.
//!
//! # Other frameworks
//!
//! [`RequestMetricsLayer::route`] says what the route is.

mod future;
mod layer;
mod record;

pub use self::future::ResponseFuture;
pub use self::layer::{RequestMetrics, RequestMetricsLayer};
