//! actix-web 4, which does not run `tower` services: a handler calls `answer`.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use panopticon::{Health, HealthRequest, Panopticon, healthcheck};

#[healthcheck]
async fn search() -> Health {
    Health::healthy("answers")
}

async fn answer(request: HttpRequest, health: web::Data<Panopticon>) -> HttpResponse {
    let uri = request.uri().to_string();
    let question = HealthRequest::new(request.method().as_str(), &uri).headers(request.headers());
    let answer = health.answer(question).await;
    let status = StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for header in answer.headers() {
        response.append_header(header);
    }
    response.body(answer.into_body())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let health = Panopticon::builder().build()?;
    let data = web::Data::new(health.clone());
    let app = move || {
        let healthcheck = web::scope(data.path()).default_service(web::to(answer));
        App::new()
            .app_data(data.clone())
            .service(healthcheck)
            .route("/", web::get().to(|| async { "hello" }))
    };

    let bind = std::env::var("BIND").unwrap_or_else(|_| "0.0.0.0:8080".to_owned());
    // By default, actix-web closes its listener as soon as a signal arrives.
    let server = HttpServer::new(app).disable_signals().bind(bind)?;
    for address in server.addrs() {
        println!("listening on http://{address}");
    }
    let drained = health.drain_on_signal(Duration::from_secs(15))?;
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(async move {
        drained.await;
        handle.stop(true).await;
    });
    server.await?;
    health.shutdown().await;
    Ok(())
}
