//! What `#[track_time]` records: how many times and of what. Of the times, only the least possible one
//! is asserted, because the machine may be slow.

#![allow(clippy::unused_async, reason = "the attribute is tested, not what is below it")]
#![allow(clippy::items_after_statements, reason = "`record()` comes first in each test")]

mod asynchronous;
mod future;
mod options;
mod recorded;
mod returned_future;
mod rewritten;
mod synchronous;
