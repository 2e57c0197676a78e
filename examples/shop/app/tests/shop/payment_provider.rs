//! The check of the payment provider, which exists if the provider's URL is set.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use panopticon::{Report, Status};

use crate::eventually;
use crate::process::{Folder, Shop};

#[test]
fn a_failing_payment_provider_degrades_the_shop_which_still_serves() {
    let answers = provider("200 OK");
    let fails = provider("503 Service Unavailable");
    for (url, service, status, message) in [
        (&*answers, Status::Healthy, Status::Healthy, "URL is available"),
        (
            &*fails,
            Status::Degraded,
            Status::Unhealthy,
            "server responded with unexpected status code: 503 (expected 200)",
        ),
        // An empty value is a mistake; to have no check, leave it unset.
        ("", Status::Degraded, Status::Unhealthy, "No URL specified to check."),
    ] {
        let folder = Folder::new("payment-provider");
        let shop = Shop::open(&folder, &[("PAYMENT_PROVIDER_URL", url)]);
        let is_as_expected = |(code, report): &(u16, Report)| {
            let Some(provider) = report.component("payment_provider") else { return false };
            *code == 200
                && report.status() == service
                && provider.status() == status
                && provider.message() == Some(message)
        };
        let (_, report) = eventually(Duration::from_secs(10), || shop.health(), is_as_expected);
        let provider = report.component("payment_provider").expect("it was there just now");
        assert_eq!(provider.collection(), Some("payments"));
        assert_eq!(shop.probe("readiness").0, 200);
    }
}

/// Starts a server that gives every request the same answer, and returns its URL.
fn provider(status: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let mut lines = BufReader::new(&connection).lines();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            // The client may have gone.
            let _ = write!(&connection, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        }
    });
    format!("http://{address}/status")
}
