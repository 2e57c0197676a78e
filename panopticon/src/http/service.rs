//! The report as a [`tower`](tower_service) service on the types of the `http` crate.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Method, Request, Response, StatusCode};
use tower_service::Service;

use super::answer::Answer;
use super::body::HealthBody;
use super::question::{Question, Subject};
use crate::panopticon::Panopticon;

/// A service that answers requests for the health report, in any framework that serves `tower`
/// services; from [`Panopticon::http_service`].
///
/// | request | answer |
/// | --- | --- |
/// | `GET` or `HEAD` of the [path](crate::Builder::path), with or without a slash after it | the [`Report`](crate::Report); 200 if the service is healthy or degraded; otherwise, and [while the service drains](crate::Builder::drain_fails_report), 503 (or the [configured status](crate::Builder::unhealthy_status)) |
/// | the path followed by `/liveness`, `/readiness` or `/startup` | the report on the components of that [probe](crate::Probe) |
/// | any of these with `?collection=orders`, once or more | the report on the components of these collections |
/// | the path followed by a component's name | the [`Component`](crate::Component); its status is 200 or 503 by its own health, whether it is critical or optional |
/// | an unknown component or collection | 404, and an object with `error` and the known `components` or `collections` |
/// | a probe with a collection that has no check for it | 404, and an object with `error` |
/// | a component's name with `?collection=`, or a `?pretty=` other than `true`, `1`, `false` and `0` | 400, and an object with `error` |
/// | any other path | 404, and an object with `error` |
/// | any other method | 405 with `Allow`, and an object with `error` |
///
/// `?pretty` (or `?pretty=true`) indents the JSON, in which numbers are written as
/// [`Report::to_json`](crate::Report::to_json) writes them. Every answer has `Content-Type:
/// application/json` and `Cache-Control: no-store`. `HEAD` runs checks as `GET` does, and answers
/// without the body.
///
/// The service does not read the request's body, whatever its type.
#[derive(Debug, Clone)]
pub struct HealthService {
    health: Panopticon,
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
        HealthService { health: self.clone() }
    }

    /// Returns the path of the report, as [configured](crate::Builder::path). It begins with a
    /// slash and does not end with one.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.settings().path
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
        let health = self.health.clone();
        let question = Question::read(health.path(), request.method(), request.uri());
        let is_head = request.method() == Method::HEAD;
        Box::pin(async move {
            let answer = match question {
                Ok(question) => answer(&health, question).await,
                Err(refusal) => refusal,
            };
            Ok(answer.into_response(is_head))
        })
    }
}

async fn answer(health: &Panopticon, Question { subject, format }: Question) -> Answer {
    // The setting is from 400 to 599, which are all valid.
    let unhealthy = StatusCode::from_u16(health.settings().unhealthy_status)
        .unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let status = |is_healthy: bool| if is_healthy { StatusCode::OK } else { unhealthy };
    let answered = match subject {
        Subject::Report(selection) => health.report_for(selection).await.map(|report| {
            let fails = report.is_draining() && health.settings().drain_fails_report;
            Answer::report(status(report.service_healthy() && !fails), &report, format)
        }),
        Subject::Probe(selection) => health
            .report_for(selection)
            .await
            .map(|report| Answer::report(status(report.service_healthy()), &report, format)),
        Subject::Component(name) => health
            .check(&name)
            .await
            .map(|component| Answer::component(status(component.healthy()), &component, format)),
    };
    answered.unwrap_or_else(|error| Answer::not_found(error, format))
}
