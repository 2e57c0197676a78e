//! The checks of other services, against `src/bin/upstream.rs`.

use std::fs;

use cookbook::grpc::connect;
use cookbook::other_panopticon::OrdersUrl;
use panopticon::Status;

use crate::folder::Folder;
use crate::report::Service;
use crate::server::{Program, Server, free_port};

/// Starts the service with this port for gRPC or the report, and some other for the rest.
fn start(status: &str, used: &str, unused: &str) -> Server {
    let (folder, port) = (Folder::new("upstream"), free_port());
    fs::write(folder.join("status"), status).unwrap();
    let program = Program::new([env!("CARGO_BIN_EXE_upstream")])
        .env(used, format!("127.0.0.1:{port}"))
        .env(unused, format!("127.0.0.1:{}", free_port()));
    let mut server = Server::new(program, port, folder);
    server.start();
    server
}

fn set_status(server: &Server, status: &str) {
    // Renamed, so that it is never read while it is empty.
    let folder = server.folder();
    fs::write(folder.join("new"), status).unwrap();
    fs::rename(folder.join("new"), folder.join("status")).unwrap();
}

#[tokio::test]
#[cfg_attr(not(target_os = "linux"), ignore = "finds the processes to pause in /proc")]
async fn a_lost_grpc_service_is_unhealthy_until_it_is_back() {
    let mut server = start("healthy", "GRPC", "REPORT");
    let channel = connect(&format!("http://127.0.0.1:{}", server.port())).unwrap();
    let service = Service::new(&["search"], |it| it.provide(channel));
    let stopped = "Connection refused (os error 111)";
    service.lives_through("search", &mut server, &["no answer for 1.5s"], stopped).await;
    set_status(&server, "unhealthy");
    service.becomes("search", Status::Unhealthy, "the service is NOT_SERVING").await;
    set_status(&server, "healthy");
    assert!(!service.is_healthy("search").await.critical());
}

#[tokio::test]
#[cfg_attr(not(target_os = "linux"), ignore = "finds the processes to pause in /proc")]
async fn the_report_of_another_service_says_what_fails() {
    let mut server = start("healthy", "REPORT", "GRPC");
    let url = OrdersUrl(format!("http://127.0.0.1:{}/healthcheck", server.port()));
    let service = Service::new(&["orders"], |it| it.provide(url));
    let stopped = "Connection refused (os error 111)";
    service
        .lives_through("orders", &mut server, &["timed out after 1.5s without a response"], stopped)
        .await;
    set_status(&server, "degraded");
    service.becomes("orders", Status::Degraded, "shelves degraded (nearly empty)").await;
    set_status(&server, "unhealthy");
    service.becomes("orders", Status::Unhealthy, "shelves (empty)").await;
    set_status(&server, "healthy");
    assert!(!service.is_healthy("orders").await.critical());
}
