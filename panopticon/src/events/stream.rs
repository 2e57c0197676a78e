//! Subscriptions as streams.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::{DrainingChanges, Missed, Transition, Transitions};

impl futures_core::Stream for Transitions {
    type Item = Result<Arc<Transition>, Missed>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Transitions::poll_next(self.get_mut(), context)
    }
}

impl futures_core::Stream for DrainingChanges {
    type Item = bool;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        DrainingChanges::poll_next(self.get_mut(), context)
    }
}
