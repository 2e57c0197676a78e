//! The `Accept` header (RFC 9110, section 12.5.1).

use std::borrow::Cow;
use std::cmp::Reverse;

use http::header::{ACCEPT, HeaderMap};
use mediatype::names::{_STAR, CHARSET, Q, TEXT};
use mediatype::{MediaType, MediaTypeList, ReadParams, Value};

use crate::formats::format::Format;

/// A well-formed item of the header.
struct MediaRange<'a> {
    media_type: MediaType<'a>,
    /// In thousandths.
    quality: u16,
}

/// How well a format suits the client.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Suitability {
    quality: u16,
    specificity: usize,
    /// The position of the media range in the header.
    position: Reverse<usize>,
}

/// Returns the format that the client prefers, or `None` if it accepts none of them. Without the
/// header, or if no item in it is well formed, that is the first format: a monitor must not see a
/// failure because of a malformed header.
pub(super) fn preferred<R>(
    headers: &HeaderMap,
    mut offered: impl DoubleEndedIterator<Item = (&'static Format, R)>,
) -> Option<(&'static Format, R)> {
    let mut lines = headers.get_all(ACCEPT).iter();
    if lines.all(|line| line == "*/*") {
        return offered.next();
    }
    let lines: Vec<Cow<'_, str>> = headers
        .get_all(ACCEPT)
        .iter()
        .map(|line| String::from_utf8_lossy(line.as_bytes()))
        .collect();
    let ranges: Vec<MediaRange<'_>> = lines
        .iter()
        .flat_map(|line| MediaTypeList::new(line))
        .filter_map(|item| MediaRange::read(item.ok()?))
        .collect();
    if ranges.is_empty() {
        return offered.next();
    }
    let suitable = offered
        .filter_map(|(format, renderer)| Some((suitability(format, &ranges)?, (format, renderer))));
    // `max_by_key` returns the last of equal ones; the first in the table is wanted.
    suitable.rev().max_by_key(|(suitability, _)| *suitability).map(|(_, chosen)| chosen)
}

/// Returns how well a format suits the client, by the most specific range that includes it.
fn suitability(format: &Format, ranges: &[MediaRange<'_>]) -> Option<Suitability> {
    let media_type = MediaType::parse(format.media_type).ok()?;
    let including = ranges.iter().enumerate().filter_map(|(position, range)| {
        let specificity = range.specificity(&media_type)?;
        Some(Suitability { quality: range.quality, specificity, position: Reverse(position) })
    });
    let decisive = including.max_by_key(|it| (it.specificity, it.quality, it.position))?;
    (decisive.quality > 0).then_some(decisive)
}

impl<'a> MediaRange<'a> {
    fn read(media_type: MediaType<'a>) -> Option<Self> {
        if media_type.ty == _STAR && media_type.subty != _STAR {
            return None;
        }
        let quality = match media_type.get_param(Q) {
            Some(quality) => read_quality(quality.as_str())?,
            None => 1000,
        };
        Some(Self { media_type, quality })
    }

    /// Returns how specific the range is for a media type, or `None` if it does not include it.
    /// Every parameter that both have must be equal. One that only the range has is ignored, since
    /// clients send such parameters for servers that know them. The exception is plain text with a
    /// version, which is one of Prometheus's formats: its scraper cannot read any other text.
    fn specificity(&self, included: &MediaType<'_>) -> Option<usize> {
        let range = &self.media_type;
        if range.ty == _STAR {
            return Some(0);
        }
        if range.ty != included.ty {
            return None;
        }
        if range.subty == _STAR && range.suffix.is_none() {
            return Some(1);
        }
        if (range.subty, range.suffix) != (included.subty, included.suffix) {
            return None;
        }
        let mut specificity = 2;
        // All answers are UTF-8, and clients send `charset` even for JSON, which has no such
        // parameter.
        for (name, value) in range.params().filter(|(name, _)| ![Q, CHARSET].contains(name)) {
            match included.get_param(name) {
                Some(expected) if is_same(value, expected) => specificity += 1,
                Some(_) => return None,
                None if range.ty == TEXT && name == "version" => return None,
                None => {}
            }
        }
        Some(specificity)
    }
}

fn is_same(one: Value<'_>, other: Value<'_>) -> bool {
    one.unquoted_str().eq_ignore_ascii_case(&other.unquoted_str())
}

/// Reads a quality from 0 to 1, in thousandths. Old Java clients write `.2`.
fn read_quality(text: &str) -> Option<u16> {
    let is_plain = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let quality: f32 = text.parse().ok().filter(|_| is_plain)?;
    // From 0 to 1000, so nothing is lost.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in range")]
    (quality <= 1.0).then(|| (quality * 1000.0).round() as u16)
}
