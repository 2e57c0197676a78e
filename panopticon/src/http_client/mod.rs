//! HTTP requests whose secrets ureq does not know, and so cannot log.

mod head;
mod resolve;
mod veil;

use std::time::Duration;

use ureq::config::Config;
use ureq::http::{Request, Response};
use ureq::unversioned::transport::{Connector, DefaultConnector};
use ureq::{Agent, AsSendBody, Body, Error, Proxy};

use self::resolve::Resolve;
use self::veil::Veil;

pub(crate) struct Client {
    /// For its configuration, and to be shut down. A request that is given to it directly fails.
    pub(crate) agent: Agent,
    veil: Veil,
}

impl Client {
    pub(crate) fn new(config: Config) -> Self {
        let veil = Veil::default();
        let connector = DefaultConnector::default().chain(veil.clone());
        Self { agent: Agent::with_parts(config, connector, Resolve), veil }
    }

    /// Sends one request, and reads the head of its response. No log has its path and query, nor a
    /// header's value that is marked as sensitive. What the server sends is logged at `trace`.
    ///
    /// One request at a time, for the veil has the secrets of one.
    pub(crate) fn send(
        &mut self,
        mut request: Request<impl AsSendBody>,
        proxy: Option<Proxy>,
        timeout: Duration,
    ) -> Result<Response<Body>, Error> {
        self.veil.cover(&mut request)?;
        let request = self
            .agent
            .configure_request(request)
            .timeout_global(Some(timeout))
            .proxy(proxy)
            .build();
        self.agent.run(request)
    }
}
