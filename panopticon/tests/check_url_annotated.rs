//! URL checks in functions with `#[healthcheck]`: in a test program of their own, since all of its
//! tests share one registry.
#![cfg(feature = "check-url")]

use std::io::{Read, Write};
use std::net::TcpListener;

use panopticon::checks::url::check_url;
use panopticon::{Health, Panopticon, healthcheck};

struct ShopUrl(String);

#[healthcheck(timeout = "60s")]
async fn shop(url: &ShopUrl) -> Health {
    check_url(&url.0).timeout(std::time::Duration::from_secs(60)).await
}

#[healthcheck(timeout = "60s")]
fn shop_blocking(url: &ShopUrl) -> Health {
    check_url(&url.0).timeout(std::time::Duration::from_secs(60)).check_blocking()
}

/// Returns the URL of a server that answers every request with 200.
fn serve() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            if connection.read(&mut [0; 1024]).is_ok() {
                let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        }
    });
    format!("http://{address}/")
}

#[tokio::test]
async fn they_become_components() {
    let health = Panopticon::builder().provide(ShopUrl(serve())).build().unwrap();
    let report = health.report().await;
    assert!(report.service_healthy(), "{report:#}");
    for name in ["shop", "shop_blocking"] {
        assert_eq!(report.component(name).unwrap().message(), Some("URL is available"));
    }
}
