//! The report over HTTP, as a [`tower`](tower_service) service on the types of the `http` crate.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use serde::Serialize;
use tower_service::Service;

use super::body::HealthBody;
use crate::check::Probe;
use crate::formats::json;
use crate::panopticon::{Panopticon, Selection, SelectionError};
use crate::report::Report;
use crate::settings::Settings;

/// Answers health questions over HTTP, in any framework that serves `tower` services; from
/// [`Panopticon::http_service`].
///
/// | request | answer |
/// | --- | --- |
/// | `GET` or `HEAD` of the [path](crate::Builder::path), with or without a slash behind it | the [`Report`](crate::Report); 200 if the service is healthy or degraded, else 503 (or the [configured status](crate::Builder::unhealthy_status)) |
/// | the same with `/liveness`, `/readiness` or `/startup` behind it | the report on the components of that [probe](crate::Probe) |
/// | any of these with `?collection=orders`, once or more | the report on the components of these collections |
/// | the same of the path and a component's name | the [`Component`](crate::Component), with the status of its own health, be it critical or optional |
/// | a component or a collection that there is not | 404, and an object with `error` and the known `components` or `collections` |
/// | a probe with a collection that has no check for it | 404, and an object with `error` |
/// | `?collection=` with a component's name, or a `?pretty=` that is none of `true`, `1`, `false` and `0` | 400, and an object with `error` |
/// | any other path | 404, and an object with `error` |
/// | any other method | 405 with `Allow`, and an object with `error` |
///
/// `?pretty` (or `?pretty=true`) indents the JSON. Every answer has `Content-Type:
/// application/json` and `Cache-Control: no-store`. `HEAD` asks the checks as `GET` does, and
/// answers without the body.
///
/// The service reads nothing of the request's body, whatever its type.
#[derive(Debug, Clone)]
pub struct HealthService {
    health: Panopticon,
}

impl Panopticon {
    /// The health report as a `tower` service.
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

    /// Where the report is served, as [configured](crate::Builder::path): begins with a slash and
    /// does not end with one.
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
        let question = Question::parse(health.settings(), request.method(), request.uri());
        let is_head = request.method() == Method::HEAD;
        Box::pin(async move {
            let answer = match question {
                Ok(question) => question.answer(&health).await,
                Err(refusal) => refusal,
            };
            Ok(answer.into_response(is_head))
        })
    }
}

/// A status and the JSON to go with it.
struct Answer {
    status: StatusCode,
    body: HealthBody,
}

/// What is answered where there is no report.
#[derive(Serialize)]
struct Refusal {
    error: String,
    #[serde(flatten)]
    known: Option<Known>,
}

/// What could have been asked for instead.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Known {
    Components(Vec<String>),
    Collections(Vec<String>),
}

impl Known {
    fn of(error: SelectionError) -> Option<Self> {
        match error {
            SelectionError::UnknownComponent { known, .. } => Some(Self::Components(known)),
            SelectionError::UnknownCollection { known, .. } => Some(Self::Collections(known)),
            _ => None,
        }
    }
}

/// What is asked for.
struct Question {
    about: About,
    pretty: bool,
}

enum About {
    Report(Selection),
    Component(String),
}

impl Question {
    fn parse(settings: &Settings, method: &Method, uri: &Uri) -> Result<Self, Answer> {
        let Query { pretty, selection } = Query::parse(uri)
            .map_err(|error| Answer::refusal(StatusCode::BAD_REQUEST, error, None, false))?;
        let refuse = |status, error| Err(Answer::refusal(status, error, None, pretty));
        let Some(below) = below(&settings.path, uri.path()) else {
            let error = format!("the health report is at {}", settings.path);
            return refuse(StatusCode::NOT_FOUND, error);
        };
        if method != Method::GET && method != Method::HEAD {
            let error = format!("{method} is not supported; use GET or HEAD");
            return refuse(StatusCode::METHOD_NOT_ALLOWED, error);
        }
        let probe = Probe::ALL.into_iter().find(|probe| probe.as_str() == below);
        let about = if below.is_empty() || probe.is_some() {
            About::Report(probe.into_iter().fold(selection, Selection::probe))
        } else if selection != Selection::all() {
            let error = "`collection` selects from the report; leave it out for a component";
            return refuse(StatusCode::BAD_REQUEST, error.to_owned());
        } else {
            About::Component(below.to_owned())
        };
        Ok(Self { about, pretty })
    }

    async fn answer(self, health: &Panopticon) -> Answer {
        let Self { about, pretty } = self;
        let unhealthy = health.settings().unhealthy_status;
        let status_of = |is_healthy| match StatusCode::from_u16(unhealthy) {
            _ if is_healthy => StatusCode::OK,
            Ok(unhealthy) => unhealthy,
            // Out of reach: the setting is 400 to 599.
            Err(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        let answered = match about {
            About::Report(selection) => health.report_for(selection).await.map(|report| {
                let status = status_of(report.service_healthy());
                if pretty {
                    Answer::json(status, &report, true)
                } else {
                    Answer::report(status, report)
                }
            }),
            About::Component(name) => health
                .check(&name)
                .await
                .map(|component| Answer::json(status_of(component.healthy()), &component, pretty)),
        };
        answered.unwrap_or_else(|error| {
            let message = error.to_string();
            Answer::refusal(StatusCode::NOT_FOUND, message, Known::of(error), pretty)
        })
    }
}

/// What follows the report's path: nothing, or one segment. A slash at the end makes no difference.
fn below<'a>(report_path: &str, path: &'a str) -> Option<&'a str> {
    let rest = path.strip_prefix(report_path)?;
    if matches!(rest, "" | "/") {
        return Some("");
    }
    let segment = rest.strip_prefix('/')?;
    let segment = segment.strip_suffix('/').unwrap_or(segment);
    Some(segment).filter(|segment| !segment.is_empty() && !segment.contains('/'))
}

/// What the query asks for. Parameters that are not ours are nobody's mistake: probes and proxies
/// add some of theirs.
struct Query {
    pretty: bool,
    selection: Selection,
}

impl Query {
    fn parse(uri: &Uri) -> Result<Self, String> {
        let mut query = Self { pretty: false, selection: Selection::all() };
        for parameter in uri.query().unwrap_or_default().split('&') {
            match parameter.split_once('=').unwrap_or((parameter, "")) {
                ("pretty", "" | "true" | "1") => query.pretty = true,
                ("pretty", "false" | "0") => query.pretty = false,
                ("pretty", other) => {
                    return Err(format!(
                        "`pretty` must not be {other:?}; write `?pretty` or leave it out"
                    ));
                }
                // Names of collections need no percent-encoding.
                ("collection", name) => query.selection = query.selection.collection(name),
                _ => {}
            }
        }
        Ok(query)
    }
}

impl Answer {
    fn report(status: StatusCode, report: Report) -> Self {
        let (head, rest) = json::to_pieces(report);
        Self { status, body: HealthBody::new(head.into(), Bytes::from_owner(rest)) }
    }

    fn json(status: StatusCode, value: &impl Serialize, pretty: bool) -> Self {
        let json = json::to_vec(value, pretty);
        Self { status, body: HealthBody::new(json.into(), Bytes::new()) }
    }

    fn refusal(status: StatusCode, error: String, known: Option<Known>, pretty: bool) -> Self {
        Self::json(status, &Refusal { error, known }, pretty)
    }

    fn into_response(self, is_head: bool) -> Response<HealthBody> {
        let length = HeaderValue::from(self.body.len());
        let body = if is_head { HealthBody::default() } else { self.body };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // Of the body that GET would have, so that HEAD answers with the same headers.
        headers.insert(http::header::CONTENT_LENGTH, length);
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        response
    }
}
