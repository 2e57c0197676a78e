//! Settings of what is served over HTTP.

use super::Builder;

impl Builder {
    /// Sets the path that the report is served at, with and without a trailing slash. Probes and
    /// components follow it: `/healthcheck/readiness`, `/healthcheck/database`. Default:
    /// `/healthcheck`. Set it before you call `router` or [`http_service`](Self::http_service) on
    /// this builder. Needs the feature `http`.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.settings.path = Some(path.into());
        self
    }

    /// Sets the path below which the [z-pages](crate::guide::http#z-pages) `livez`, `readyz` and
    /// `startupz` are served, in the format of Kubernetes' API server. In the environment,
    /// `PANOPTICON_Z_PAGES=/internal` moves them to `/internal/livez` and so on, and `off` switches
    /// them off. Default: `/`. Set it before you call `router` or
    /// [`http_service`](Self::http_service) on this builder. Needs the feature `http`.
    pub fn z_pages(mut self, path: impl Into<String>) -> Self {
        self.settings.z_pages = Some(Some(path.into()));
        self
    }

    /// Switches the [z-pages](Self::z_pages) off, for a service that has its own `/livez`, for
    /// example. Needs the feature `http`.
    pub fn without_z_pages(mut self) -> Self {
        self.settings.z_pages = Some(None);
        self
    }

    /// Sets the HTTP status of an unhealthy report or component, 400 to 599. python-panopticon's is
    /// 500. Default: 503. Needs the feature `http`.
    pub fn unhealthy_status(mut self, status: u16) -> Self {
        self.settings.unhealthy_status = Some(status);
        self
    }

    /// Sets the HTTP status of a degraded report or component, 200 to 299 except 204 and 205, or
    /// 400 to 599. For 429, Consul shows a warning. The paths of probes, and the z-pages, are
    /// always answered with 200, since a kubelet would otherwise restart a working process.
    /// Default: 200. Needs the feature `http`.
    pub fn degraded_status(mut self, status: u16) -> Self {
        self.settings.degraded_status = Some(status);
        self
    }

    /// Sets whether the report's own path answers with the
    /// [unhealthy status](Self::unhealthy_status) while the service
    /// [drains](crate::Panopticon::drain), as the path of the readiness probe does. In the environment,
    /// `PANOPTICON_DRAIN_FAILS_REPORT=false`. Default: `true`, since many load balancers request
    /// only the report. With the feature `grpc`, the same holds for collections and mapped names over
    /// gRPC. Needs the feature `http`.
    pub fn drain_fails_report(mut self, fails: bool) -> Self {
        self.settings.drain_fails_report = Some(fails);
        self
    }
}
