//! An end of reading a response that is earlier than the request's own time limit.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ureq::Error;
use ureq::unversioned::transport::time::Duration;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// When to stop reading, if at all. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct ReadDeadline(Arc<Mutex<Option<Instant>>>);

struct DeadlineTransport {
    transport: Box<dyn Transport>,
    deadline: ReadDeadline,
}

impl ReadDeadline {
    pub(super) fn set(&self, deadline: Option<Instant>) {
        *self.lock() = deadline;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<In: Transport> Connector<In> for ReadDeadline {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(|transport| {
            let (transport, deadline) = (Box::new(transport), self.clone());
            Box::new(DeadlineTransport { transport, deadline }) as _
        }))
    }
}

impl Transport for DeadlineTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.transport.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.transport.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, mut timeout: NextTimeout) -> Result<bool, Error> {
        let deadline = *self.deadline.lock();
        if let Some(deadline) = deadline {
            let left = deadline.saturating_duration_since(Instant::now()).min(*timeout.after);
            if left.is_zero() {
                return Err(Error::Timeout(timeout.reason));
            }
            timeout.after = Duration::Exact(left);
        }
        self.transport.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.transport.is_open()
    }

    fn is_tls(&self) -> bool {
        self.transport.is_tls()
    }
}

impl fmt::Debug for DeadlineTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DeadlineTransport").field(&self.transport).finish()
    }
}
