//! The report in a scope of actix-web, which strips no prefix from a request's path.

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpRequest, HttpResponse, web};
use panopticon::{CheckOptions, HealthRequest, Panopticon};

async fn answer(request: HttpRequest, health: web::Data<Panopticon>) -> HttpResponse {
    let question = HealthRequest::new(request.method().as_str(), &request.uri().to_string());
    let status = StatusCode::from_u16(health.answer(question).await.status());
    HttpResponse::new(status.expect("it is valid"))
}

#[test]
fn the_whole_path_is_set_for_a_report_in_a_scope() {
    actix_web::rt::System::new().block_on(async {
        let builder = Panopticon::empty().check("search", CheckOptions::new(), || async {});
        let health = builder.path("/internal/healthcheck").build().expect("it is valid");
        let report = web::scope("/healthcheck").default_service(web::to(answer));
        let app = App::new()
            .app_data(web::Data::new(health))
            .service(web::scope("/internal").service(report));
        let app = init_service(app).await;
        for (path, status) in [
            ("/internal/healthcheck", 200),
            ("/internal/healthcheck/", 200),
            ("/internal/healthcheck/liveness", 200),
            ("/internal/healthcheck/search", 200),
            ("/internal/healthcheck/unknown", 404),
            ("/healthcheck", 404),
        ] {
            let answer = call_service(&app, TestRequest::get().uri(path).to_request()).await;
            assert_eq!(answer.status().as_u16(), status, "{path}");
        }
    });
}
