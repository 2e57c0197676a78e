//! The last results of a component as a strip of bars, and their response times as a line: SVG in as
//! few bytes as possible, since a page has one of each for every component. It contains only numbers and
//! our own words, so nothing needs to be escaped.

use maud::Render;

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

/// The results as bars, whose height shows the status as well as their color. Equal results in a row
/// are one line, which the style draws dashed.
pub(super) struct Strip<'r>(pub(super) &'r [PastResult]);

impl Render for Strip<'_> {
    fn render_to(&self, svg: &mut String) {
        let results = self.0;
        let counts = Status::ALL.map(|status| {
            (status, results.iter().filter(|result| result.status() == status).count())
        });
        svg.push_str("<svg role=\"img\" aria-label=\"");
        push_summary(svg, results.len(), counts);
        svg.push_str("\">");
        // The newest result is at the right edge.
        let missing = History::MAX_RESULTS.saturating_sub(results.len());
        if missing > 0 {
            push_path(svg, "none", |svg| push_bars(svg, 0, 15, missing));
        }
        for (status, _) in counts.into_iter().filter(|&(_, count)| count > 0) {
            let class = if status == Status::Healthy { "" } else { status.as_str() };
            push_path(svg, class, |svg| {
                let mut position = missing;
                for run in results.chunk_by(|one, next| one.status() == next.status()) {
                    if run[0].status() == status {
                        push_bars(svg, position, middle(status), run.len());
                    }
                    position += run.len();
                }
            });
        }
        svg.push_str("</svg>");
    }
}

/// Returns the middle of a bar, from the top. A worse status has a higher bar.
fn middle(status: Status) -> usize {
    match status {
        Status::Healthy => 13,
        Status::Degraded => 11,
        Status::Unknown | Status::Unhealthy => 8,
    }
}

/// Adds the strip in words.
fn push_summary(text: &mut String, results: usize, counts: [(Status, usize); 4]) {
    match results {
        0 => return text.push_str("no results yet"),
        1 => text.push_str("1 result"),
        count => {
            text.push_str("last ");
            count.render_to(text);
            text.push_str(" results");
        }
    }
    let mut separator = ": ";
    for (status, count) in counts.into_iter().rev().filter(|&(_, count)| count > 0) {
        text.push_str(separator);
        count.render_to(text);
        text.push(' ');
        text.push_str(status.as_str());
        separator = ", ";
    }
}

/// The response times as a line from left to right, up to the longest one at the top. A point is the
/// longest one of three results.
pub(super) struct Line<'r>(pub(super) &'r [PastResult]);

impl Render for Line<'_> {
    fn render_to(&self, svg: &mut String) {
        svg.push_str("<svg aria-hidden=\"true\">");
        push_path(svg, "", |svg| push_line(svg, self.0));
        svg.push_str("</svg>");
    }
}

fn push_line(svg: &mut String, results: &[PastResult]) {
    // Response times are at most 30 days, which leaves room for the multiplication below.
    let nanoseconds =
        |result: &PastResult| u64::try_from(result.response_time().as_nanos()).unwrap_or(u64::MAX);
    let longest = results.iter().map(nanoseconds).max().unwrap_or(0).max(1);
    // Down from the top, with room for the width of the line.
    let y = |time: u64| {
        let height = time.saturating_mul(u64::from(HIGHEST)) / longest;
        i32::from(HIGHEST) + 1 - i32::try_from(height).unwrap_or(0)
    };
    // The groups are counted from the right, so that only the first may be smaller.
    let (first, rest) = results.split_at(results.len() % RESULTS_A_POINT);
    let groups = rest.chunks(RESULTS_A_POINT);
    let groups = (!first.is_empty()).then_some(first).into_iter().chain(groups);
    let mut points = groups.map(|group| y(group.iter().map(nanoseconds).max().unwrap_or(0)));
    let Some(mut last) = points.next() else { return };
    let dx = STEP * RESULTS_A_POINT;
    let segments = results.len().div_ceil(RESULTS_A_POINT) - 1;
    svg.push('M');
    (History::MAX_RESULTS * STEP - segments * dx - 1).render_to(svg);
    svg.push(' ');
    last.render_to(svg);
    let mut level = 0;
    for next in points {
        let dy = next - last;
        last = next;
        if dy == 0 {
            level += dx;
            continue;
        }
        push_level(svg, &mut level);
        svg.push('l');
        dx.render_to(svg);
        if dy > 0 {
            svg.push(' ');
        }
        dy.render_to(svg);
    }
    push_level(svg, &mut level);
}

fn push_level(svg: &mut String, length: &mut usize) {
    if *length > 0 {
        svg.push('h');
        std::mem::take(length).render_to(svg);
    }
}

/// Adds a line that the style draws as this many bars.
fn push_bars(svg: &mut String, position: usize, middle: usize, count: usize) {
    svg.push('M');
    (position * STEP).render_to(svg);
    svg.push(' ');
    middle.render_to(svg);
    svg.push('h');
    (count * STEP - GAP).render_to(svg);
}

/// Without a class, it is what most paths are: healthy results, or a line.
fn push_path(svg: &mut String, class: &str, push_data: impl FnOnce(&mut String)) {
    svg.push_str("<path");
    if !class.is_empty() {
        svg.push_str(" class=\"");
        svg.push_str(class);
        svg.push('"');
    }
    svg.push_str(" d=\"");
    push_data(svg);
    svg.push_str("\"/>");
}
