//! The statuses that a URL check expects.

use std::fmt;
use std::ops::{Range, RangeInclusive};

/// The statuses that a URL check expects: one, a range, or a list.
///
/// ```
/// use panopticon::checks::url::check_url;
///
/// # let url = "https://example.org/";
/// # let statuses = vec![200, 404];
/// let check = check_url(url).expected_status(204);
/// let check = check_url(url).expected_status(200..=299);
/// let check = check_url(url).expected_status(200..300);
/// let check = check_url(url).expected_status([200, 401]);
/// let check = check_url(url).expected_status(statuses);
/// # let _ = check;
/// ```
///
/// Statuses are from 100 to 599. If one is not, or a list or a range is empty, the check is
/// unhealthy and its message says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedStatus(Vec<RangeInclusive<u16>>);

impl ExpectedStatus {
    pub(super) fn contains(&self, status: u16) -> bool {
        self.0.iter().any(|range| range.contains(&status))
    }

    pub(super) fn contains_any_of(&self, statuses: RangeInclusive<u16>) -> bool {
        self.0
            .iter()
            .any(|range| range.start() <= statuses.end() && statuses.start() <= range.end())
    }

    /// Checks that the statuses are valid. The error completes "`expected_status` …".
    pub(super) fn validate(&self) -> Result<(), String> {
        if self.0.is_empty() || self.0.iter().any(RangeInclusive::is_empty) {
            return Err("must name at least one status, such as 200".to_owned());
        }
        let mut bounds = self.0.iter().flat_map(|range| [*range.start(), *range.end()]);
        match bounds.find(|status| !(100..=599).contains(status)) {
            Some(outside) => Err(format!("must be from 100 to 599, not {outside}")),
            None => Ok(()),
        }
    }
}

impl fmt::Display for ExpectedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, range) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            match (range.start(), range.end()) {
                (start, end) if start == end => write!(f, "{separator}{start}")?,
                (start, end) => write!(f, "{separator}{start} to {end}")?,
            }
        }
        Ok(())
    }
}

impl From<u16> for ExpectedStatus {
    fn from(status: u16) -> Self {
        Self(vec![status..=status])
    }
}

impl From<RangeInclusive<u16>> for ExpectedStatus {
    fn from(statuses: RangeInclusive<u16>) -> Self {
        Self(vec![statuses])
    }
}

impl From<Range<u16>> for ExpectedStatus {
    fn from(statuses: Range<u16>) -> Self {
        match statuses.end.checked_sub(1) {
            Some(last) => Self(vec![statuses.start..=last]),
            None => Self(Vec::new()),
        }
    }
}

impl From<&[u16]> for ExpectedStatus {
    fn from(statuses: &[u16]) -> Self {
        Self(statuses.iter().map(|&status| status..=status).collect())
    }
}

impl From<Vec<u16>> for ExpectedStatus {
    fn from(statuses: Vec<u16>) -> Self {
        statuses.as_slice().into()
    }
}

impl<const N: usize> From<[u16; N]> for ExpectedStatus {
    fn from(statuses: [u16; N]) -> Self {
        statuses.as_slice().into()
    }
}

impl<const N: usize> From<&[u16; N]> for ExpectedStatus {
    fn from(statuses: &[u16; N]) -> Self {
        statuses.as_slice().into()
    }
}
