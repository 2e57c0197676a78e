//! A tonic server with the health service, and a tonic client, over TCP.

use std::net::SocketAddr;
use std::time::Duration;

use panopticon::{CheckOptions, Health, Panopticon};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tonic::Code;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};

use super::health_v1::HealthListRequest;
use super::health_v1::health_check_response::ServingStatus::{NotServing, ServiceUnknown, Serving};
use super::health_v1::health_client::HealthClient;
use super::{assert_code, named, next, serving, unhealthy};
use crate::scripted::Scripted;

/// Much longer than anything takes. Only a failing test waits that long.
const LIMIT: Duration = Duration::from_secs(60);

pub(super) async fn connect(address: SocketAddr) -> HealthClient<Channel> {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    HealthClient::new(endpoint.connect().await.unwrap())
}

/// Starts a server that stops after the service has drained and shut down.
async fn start(health: &Panopticon, stop: oneshot::Receiver<()>) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let health = health.clone();
    let server = tokio::spawn(async move {
        let signal = async {
            let _ = stop.await;
        };
        let drained = health.drain_when(signal, Duration::from_millis(10));
        Server::builder()
            .add_service(health.grpc_service())
            .serve_with_incoming_shutdown(TcpIncoming::from(listener), async {
                drained.await;
                health.shutdown().await;
            })
            .await
            .unwrap();
    });
    (address, server)
}

#[tokio::test]
async fn a_client_sees_a_failure_draining_and_the_end() {
    let database = Scripted::healthy();
    let options = CheckOptions::new().cache(Duration::ZERO);
    let health = Panopticon::empty().check("database", options, database.check()).build().unwrap();
    let (stop, stopped) = oneshot::channel();
    let (address, server) = start(&health, stopped).await;
    let mut client = connect(address).await;

    assert_eq!(serving(client.check(named("")).await.unwrap().into_inner()), Serving);
    let mut watched = client.watch(named("")).await.unwrap().into_inner();
    let mut unknown = client.watch(named("mail")).await.unwrap().into_inner();
    assert_eq!(next(&mut watched).await, Some(Serving));
    assert_eq!(next(&mut unknown).await, Some(ServiceUnknown));
    assert_code(&client.check(named("mail")).await.unwrap_err(), Code::NotFound);
    let listed = client.list(HealthListRequest {}).await.unwrap().into_inner();
    assert_eq!(listed.statuses.len(), 5);

    database.say(unhealthy());
    assert_eq!(timeout(LIMIT, next(&mut watched)).await.unwrap(), Some(NotServing));
    assert_eq!(serving(client.check(named("database")).await.unwrap().into_inner()), NotServing);
    database.say(Health::healthy(""));
    assert_eq!(timeout(LIMIT, next(&mut watched)).await.unwrap(), Some(Serving));

    stop.send(()).unwrap();
    assert_eq!(timeout(LIMIT, next(&mut watched)).await.unwrap(), Some(NotServing));
    // The streams end, and so does the server, which would otherwise wait for them.
    assert_eq!(timeout(LIMIT, next(&mut watched)).await.unwrap(), None);
    assert_eq!(timeout(LIMIT, next(&mut unknown)).await.unwrap(), None);
    timeout(LIMIT, server).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_client_that_is_gone_is_no_longer_a_reason_to_ask() {
    let database = Scripted::healthy();
    let options = CheckOptions::new().cache(Duration::ZERO);
    let health = Panopticon::empty().check("database", options, database.check()).build().unwrap();
    let (_stop, stopped) = oneshot::channel();
    let (address, _server) = start(&health, stopped).await;
    let mut client = connect(address).await;
    let mut watched = client.watch(named("database")).await.unwrap().into_inner();
    assert_eq!(next(&mut watched).await, Some(Serving));
    drop((client, watched));
    // While it is watched, it is asked each second.
    let unasked = async {
        loop {
            let before = database.runs();
            tokio::time::sleep(Duration::from_secs(3)).await;
            if database.runs() == before {
                break;
            }
        }
    };
    timeout(LIMIT, unasked).await.unwrap();
}

#[tokio::test]
async fn an_unknown_method_is_unimplemented() {
    let health =
        Panopticon::empty().check("database", CheckOptions::new(), || async {}).build().unwrap();
    let (_stop, stopped) = oneshot::channel();
    let (address, _server) = start(&health, stopped).await;
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    let mut client = tonic::client::Grpc::new(endpoint.connect().await.unwrap());
    client.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<HealthListRequest, HealthListRequest>::default();
    let path = "/grpc.health.v1.Health/Forget".parse().unwrap();
    let error = client.unary(tonic::Request::new(HealthListRequest {}), path, codec).await;
    assert_code(&error.unwrap_err(), Code::Unimplemented);
}
