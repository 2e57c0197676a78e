//! Statistics of HTTP requests: how many succeed, how many fail, and how long they take, by route.
//! Needs the feature `datadog-requests`.
//!
//! [`RequestMetricsLayer`] is a `tower` layer for services with the types of the `http` crate. For
//! each request it sends, through a [client](crate::datadog::Stats):
//!
//! | what | when |
//! | --- | --- |
//! | the count `requests.successful` | the response's status is below 500, since the client's mistakes are not failures of the service |
//! | the count `requests.failed` | the status is 500 or above, the status of a gRPC call is not 0 (OK), the service returned an error or panicked, or the request was dropped before there was a response |
//! | the histogram `requests.time_ms` | always: milliseconds with fractions, from the call of the service to the response's head or the failure |
//! | the event "Exception occurred at `route`" | the service returned an error or panicked, unless you use [`without_events`](RequestMetricsLayer::without_events). It contains the error's text with its sources only if you use [`with_error_texts`](RequestMetricsLayer::with_error_texts), and the panic's message only if you use [`with_panic_messages`](RequestMetricsLayer::with_panic_messages) |
//!
//! They have these tags:
//!
//! | tag | value |
//! | --- | --- |
//! | `method` | a method known to the `http` crate, such as `GET`; otherwise `other` |
//! | `route` | the matched route, never the path; `unmatched` without a route |
//! | `status` | `1xx`, `2xx`, `3xx`, `4xx`, `5xx`; without a status `error`, `panic` or `dropped` |
//! | `grpc_status` | only for gRPC calls: the number of the [status](https://grpc.io/docs/guides/status-codes/), `0` to `16`, otherwise `other` |
//!
//! A request is dropped when its client disconnects or a timeout outside the layer passes. The time
//! does not include the response's body, nor the connection after an upgrade.
//!
//! # gRPC
//!
//! The response of a gRPC call nearly always has the HTTP status 200; whether the call has failed is in
//! `grpc-status`, in the headers or in the trailers after the body. The layer reads it from both, so
//! such a request is counted when its body ends. A body that ends without it counts as `2` (unknown),
//! and one that is dropped before its end as `dropped`. This is for the content type
//! `application/grpc`; gRPC-Web has the status inside the body, where the layer does not look. The
//! message of the status is never sent.
//!
//! # axum
//!
//! With the feature `axum`, the route is axum's `MatchedPath`. Add the layer once, with
//! `Router::layer` and after all routes: routes added later are not counted, and routes of a nested
//! router with the same layer are counted twice.
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
//! - Datadog's tags cannot contain braces: `/orders/{id}` is sent as `/orders/:id`, and
//!   `/files/{*path}` as `/files/:path`.
//! - The prefix of a nested router is part of the route: `/api/orders/:id`.
//! - Requests answered by a fallback are `unmatched`. With `Router::route_layer` instead of
//!   `Router::layer`, they are not counted.
//! - If neither of two routers has a fallback, `merge` keeps the default one of the router that is
//!   merged in: after `app.layer(…).merge(health.router())`, unmatched requests are not counted unless
//!   `app` has a `fallback`. Merge the other way round: `health.router().merge(app.layer(…))`.
//! - Requests to a `nest_service` are `unmatched`, since only the nested service knows the route. So
//!   are all requests if the layer wraps the whole router, such as with `ServiceBuilder`, because axum
//!   has not matched the route at that point.
//! - The last layer added with `Router::layer` is the outermost. If a layer that turns panics into
//!   responses was added before this one, they count as `5xx` here; if it was added after, they count
//!   as `panic`, and the client still gets the response.
//!
//! # Other frameworks
//!
//! Use [`RequestMetricsLayer::route`] to set the route.

mod body;
mod future;
mod layer;
mod record;

pub use self::body::ResponseBody;
pub use self::future::ResponseFuture;
pub use self::layer::{RequestMetrics, RequestMetricsLayer};
