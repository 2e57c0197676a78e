//! From where on a number is degraded, and from where on unhealthy.

use std::fmt::Debug;

use crate::health::Status;

/// The bounds of a number, as a check's builder sets them.
#[derive(Debug, Clone, Copy)]
pub(in crate::checks) struct Bounds<T> {
    side: Side,
    /// The end of the names of the builder's methods, such as `share` for `degraded_above_share`.
    setting: &'static str,
    pub(in crate::checks) degraded: Option<T>,
    pub(in crate::checks) unhealthy: Option<T>,
}

/// The bad side of a bound. The bound itself is on the good one.
#[derive(Debug, Clone, Copy)]
enum Side {
    Above,
    Below,
}

impl<T: Copy + Debug + PartialOrd> Bounds<T> {
    /// Creates bounds for a number that should be low.
    pub(in crate::checks) const fn above(
        setting: &'static str,
        degraded: Option<T>,
        unhealthy: Option<T>,
    ) -> Self {
        Self { side: Side::Above, setting, degraded, unhealthy }
    }

    /// Creates bounds for a number that should be high.
    pub(in crate::checks) const fn below(
        setting: &'static str,
        degraded: Option<T>,
        unhealthy: Option<T>,
    ) -> Self {
        Self { side: Side::Below, setting, degraded, unhealthy }
    }

    /// Judges a number. If it is beyond a bound, returns that as well.
    pub(in crate::checks) fn judge(&self, number: T) -> (Status, Option<T>) {
        [(Status::Unhealthy, self.unhealthy), (Status::Degraded, self.degraded)]
            .into_iter()
            .find(|(_, bound)| bound.is_some_and(|bound| self.is_worse(number, bound)))
            .unwrap_or((Status::Healthy, None))
    }

    pub(in crate::checks) fn status(&self, number: T) -> Status {
        self.judge(number).0
    }

    /// Adds a mistake if the number would never be degraded, since it is unhealthy before.
    pub(in crate::checks) fn validate_order(&self, mistakes: &mut Vec<String>) {
        let (Some(degraded), Some(unhealthy)) = (self.degraded, self.unhealthy) else { return };
        if self.is_worse(degraded, unhealthy) {
            let (side, setting) = (self.side.name(), self.setting);
            mistakes.push(format!(
                "`degraded_{side}_{setting}` ({degraded:?}) must not be {side} \
                 `unhealthy_{side}_{setting}` ({unhealthy:?})"
            ));
        }
    }

    fn is_worse(&self, number: T, bound: T) -> bool {
        match self.side {
            Side::Above => number > bound,
            Side::Below => number < bound,
        }
    }
}

impl Bounds<f64> {
    /// Adds what is wrong with the bounds of a share.
    pub(in crate::checks) fn validate_shares(&self, mistakes: &mut Vec<String>) {
        let before = mistakes.len();
        for (status, bound) in [("degraded", self.degraded), ("unhealthy", self.unhealthy)] {
            if let Some(bound) = bound.filter(|bound| !(0.0..=1.0).contains(bound)) {
                let (side, setting) = (self.side.name(), self.setting);
                mistakes.push(format!(
                    "`{status}_{side}_{setting}` must be a share from 0 to 1, such as 0.05 for 5 %, \
                     not {bound:?}"
                ));
            }
        }
        if mistakes.len() == before {
            self.validate_order(mistakes);
        }
    }
}

impl Side {
    const fn name(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
        }
    }
}
