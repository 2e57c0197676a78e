//! One probe, with a deadline for all of it.

use std::io::{BufReader, Write as _};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::connect::connect;
use super::outcome::Outcome;
use super::request::request;
use super::response::Response;
use super::target::FullTarget;
use crate::settings::BearerToken;

enum Progress {
    Connected,
    Ended(Result<Response, String>),
}

/// Asks the service, and gives up after the timeout.
///
/// The thread that asks may go on until the process ends, which is soon: looking a name up has no
/// timeout, and neither has connecting to a Unix socket.
pub(super) fn probe(target: &FullTarget, token: Option<BearerToken>, timeout: Duration) -> Outcome {
    let deadline = Instant::now() + timeout;
    let (sender, progress) = channel();
    let asked = target.clone();
    let ask = move || {
        let ended = ask(&asked, token.as_ref(), deadline, &sender);
        // It has no receiver after the deadline.
        let _ = sender.send(Progress::Ended(ended));
    };
    if let Err(error) = thread::Builder::new().name("exec_probe".to_owned()).spawn(ask) {
        return Outcome::no_answer(target, &format!("cannot be asked: no thread: {error}"));
    }
    let mut waits_for = "accept a connection";
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match progress.recv_timeout(left) {
            Ok(Progress::Connected) => waits_for = "answer",
            Ok(Progress::Ended(Ok(response))) => return Outcome::of(target, response),
            Ok(Progress::Ended(Err(why))) => return Outcome::no_answer(target, &why),
            Err(RecvTimeoutError::Timeout) => {
                return Outcome::no_answer(
                    target,
                    &format!("did not {waits_for} within {timeout:?}"),
                );
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Outcome::no_answer(target, "was not asked: the thread has ended");
            }
        }
    }
}

fn ask(
    target: &FullTarget,
    token: Option<&BearerToken>,
    deadline: Instant,
    progress: &Sender<Progress>,
) -> Result<Response, String> {
    let mut connection =
        connect(&target.address, deadline).map_err(|why| format!("cannot be reached: {why}"))?;
    let _ = progress.send(Progress::Connected);
    // It is not encrypted.
    let token = token.filter(|_| connection.is_local);
    connection
        .stream
        .write_all(request(target, token).as_bytes())
        .map_err(|error| format!("broke the connection off: {error}"))?;
    Response::read(BufReader::new(connection.stream)).map_err(|error| error.to_string())
}
