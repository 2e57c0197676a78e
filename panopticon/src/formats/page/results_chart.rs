//! The last results of a component as a strip of bars, and their response times as a line: SVG in as
//! few bytes as possible, since a page has one of each for every component.

use std::fmt::{self, Display, Write};

use crate::events::{History, PastResult};
use crate::health::Status;

/// The width of a bar and the gap after it, in pixels. `page.css` has the same numbers.
const STEP: usize = 3;
const GAP: usize = 1;
/// The height of both pictures, and of the longest response time in the line.
const HEIGHT: u8 = 16;
const HIGHEST: u8 = HEIGHT - 2;
/// The number of results that share a point of the line.
const RESULTS_A_POINT: usize = 3;

/// The size that `page.css` gives both pictures.
const _: () = assert!(History::MAX_RESULTS * STEP == 180 && HEIGHT == 16);

/// The bars of one status: a path, in which equal results in a row are one line, which the style
/// draws dashed.
pub(super) struct Bars<'r> {
    pub(super) results: &'r [PastResult],
    pub(super) status: Status,
}

impl Bars<'_> {
    /// Returns whether there is a result with this status.
    pub(super) fn exist(&self) -> bool {
        self.results.iter().any(|result| result.status() == self.status)
    }

    /// Returns the middle of a bar, from the top. A worse status has a higher bar.
    fn middle(&self) -> usize {
        match self.status {
            Status::Healthy => 13,
            Status::Degraded => 11,
            Status::Unknown | Status::Unhealthy => 8,
        }
    }
}

impl Display for Bars<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The newest result is at the right edge.
        let missing = History::MAX_RESULTS.saturating_sub(self.results.len());
        let mut position = 0;
        for run in self.results.chunk_by(|one, next| one.status() == next.status()) {
            if run[0].status() == self.status {
                let start = (missing + position) * STEP;
                write!(f, "M{start} {}h{}", self.middle(), run.len() * STEP - GAP)?;
            }
            position += run.len();
        }
        Ok(())
    }
}

/// The bars of results that there are not yet.
pub(super) struct NoBars<'r>(pub(super) &'r [PastResult]);

impl Display for NoBars<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match History::MAX_RESULTS.saturating_sub(self.0.len()) {
            0 => Ok(()),
            missing => write!(f, "M0 15h{}", missing * STEP - GAP),
        }
    }
}

/// The strip in words.
pub(super) struct Summary<'r>(pub(super) &'r [PastResult]);

impl Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            0 => return f.write_str("no results yet"),
            1 => f.write_str("1 result")?,
            count => write!(f, "last {count} results")?,
        }
        let mut separator = ": ";
        for status in Status::ALL.into_iter().rev() {
            let count = self.0.iter().filter(|result| result.status() == status).count();
            if count > 0 {
                write!(f, "{separator}{count} {status}")?;
                separator = ", ";
            }
        }
        Ok(())
    }
}

/// The response times: a path from left to right, up to the longest one at the top. A point is the
/// longest one of three results.
pub(super) struct Line<'r>(pub(super) &'r [PastResult]);

impl Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // From the right, so that the newest result is in a full group.
        // A response time is at most 30 days.
        let nanoseconds = |result: &PastResult| {
            u64::try_from(result.response_time().as_nanos()).unwrap_or(u64::MAX)
        };
        let groups = self.0.rchunks(RESULTS_A_POINT);
        let mut points: Vec<u64> =
            groups.filter_map(|group| group.iter().map(nanoseconds).max()).collect();
        points.reverse();
        let longest = points.iter().copied().max().unwrap_or(0).max(1);
        // Down from the top, with room for the width of the line.
        let height = |time: u64| {
            i32::try_from(time.saturating_mul(u64::from(HIGHEST)) / longest).unwrap_or(0)
        };
        let y = |time: u64| i32::from(HIGHEST) + 1 - height(time);
        let dx = STEP * RESULTS_A_POINT;
        let Some((&first, rest)) = points.split_first() else { return Ok(()) };
        let mut last = y(first);
        write!(f, "M{} {last}", History::MAX_RESULTS * STEP - rest.len() * dx - 1)?;
        let mut level = 0;
        for next in rest.iter().map(|&time| y(time)) {
            let dy = next - last;
            last = next;
            if dy == 0 {
                level += dx;
                continue;
            }
            write_level(f, &mut level)?;
            write!(f, "l{dx}")?;
            if dy > 0 {
                f.write_char(' ')?;
            }
            write!(f, "{dy}")?;
        }
        write_level(f, &mut level)
    }
}

fn write_level(f: &mut fmt::Formatter<'_>, length: &mut usize) -> fmt::Result {
    match std::mem::take(length) {
        0 => Ok(()),
        length => write!(f, "h{length}"),
    }
}
