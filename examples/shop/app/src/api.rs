//! The shop's HTTP API. Errors are JSON too: `{"error": "…"}`.

use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use billing::{JobQueue, QueueError};
use orders::{NewOrder, Order};
use panopticon::datadog::requests::RequestMetricsLayer;
use panopticon::track_time;
use sqlx::AnyPool;

#[derive(Clone)]
struct Shop {
    pool: AnyPool,
    queue: JobQueue,
}

/// Returns the routes `POST /orders` and `GET /orders/{id}`, which are counted and timed.
pub(crate) fn router(pool: AnyPool, queue: JobQueue) -> Router {
    Router::new()
        .route("/orders", post(place_order))
        .route("/orders/{id}", get(show_order))
        // A fallback of its own is also counted, and is kept when this is merged with another
        // router.
        .fallback(async || Refusal::new(StatusCode::NOT_FOUND, "there is nothing at this path"))
        .with_state(Shop { pool, queue })
        .layer(RequestMetricsLayer::installed())
}

/// Reserves a slot in the queue first, because an order that cannot be billed is not accepted.
#[track_time]
async fn place_order(
    State(shop): State<Shop>,
    order: Result<Json<NewOrder>, JsonRejection>,
) -> Result<impl IntoResponse, Refusal> {
    let Json(order) = order?;
    let slot = shop.queue.reserve()?;
    let order = orders::store(&shop.pool, order).await?;
    slot.bill(order.id);
    let location = [(header::LOCATION, format!("/orders/{}", order.id))];
    Ok((StatusCode::CREATED, location, Json(order)))
}

async fn show_order(
    State(shop): State<Shop>,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Json<Order>, Refusal> {
    let Path(id) = id?;
    match orders::find(&shop.pool, id).await? {
        Some(order) => Ok(Json(order)),
        None => Err(Refusal::new(StatusCode::NOT_FOUND, format!("there is no order {id}"))),
    }
}

/// The answer to a request that is not served.
struct Refusal {
    status: StatusCode,
    error: String,
}

impl Refusal {
    fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, error: error.into() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(serde_json::json!({ "error": self.error }))).into_response()
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<PathRejection> for Refusal {
    fn from(rejection: PathRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<QueueError> for Refusal {
    fn from(error: QueueError) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
    }
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        // For the operator; customers see less.
        eprintln!("shop: the database failed: {error}");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer; try again later")
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    #[tokio::test]
    async fn a_full_queue_is_503_with_a_json_error() {
        let response = Refusal::from(QueueError::Full).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let body = to_bytes(response.into_body(), 1000).await.unwrap();
        assert_eq!(body, r#"{"error":"too many orders await billing; try again later"}"#);
    }
}
