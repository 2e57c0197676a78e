//! Questions of surfaces on threads of ours.

use std::future::Future;

use tokio::runtime::Handle;

use super::clock::within;

/// The runtime in whose context such questions are asked, so that checks do not run on the surface's
/// own and block it: ours for checks, or `None` if the service has one, which they then use.
#[derive(Debug, Clone)]
pub(crate) struct SurfaceRuntime(pub(super) Option<Handle>);

impl SurfaceRuntime {
    /// Waits for the answer to a question.
    pub(crate) async fn run<F: Future>(&self, question: F) -> F::Output {
        match &self.0 {
            Some(runtime) => within(runtime, question).await,
            None => question.await,
        }
    }
}
