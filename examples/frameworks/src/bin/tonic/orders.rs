//! A gRPC service; yours is generated from a `.proto` file by your build script.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;
use tonic::server::NamedService;
use tower_service::Service;

/// Has no methods yet.
#[derive(Debug, Clone)]
pub(crate) struct OrdersServer;

impl NamedService for OrdersServer {
    const NAME: &'static str = "shop.Orders";
}

impl Service<Request<Body>> for OrdersServer {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        ready(Ok(Status::resource_exhausted("no tea left").into_http()))
    }
}
