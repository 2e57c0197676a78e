//! Bounds that give a value its status, and from which it must come back by some distance.

use std::fmt;

use super::number_text::exact;
use crate::health::Status;

/// A value must be beyond its bound by no less than this part of the bound to be on the good side
/// again, unless another distance was set.
const HYSTERESIS: f64 = 0.05;

/// The bounds as they were set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HysteresisBounds {
    pub(super) degraded: Option<Bound>,
    pub(super) unhealthy: Option<Bound>,
    pub(super) hysteresis: Option<f64>,
    pub(super) end: Option<End>,
}

/// The value at which there is no more room, or nothing left.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End {
    Full(f64),
    Empty(f64),
}

/// A value on this side of the number is bad.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    Above(f64),
    Below(f64),
}

/// Bounds on the same side, in the right order.
#[derive(Debug, Clone, Copy)]
pub(super) struct ValidBounds {
    pub(super) side: Side,
    degraded: Option<f64>,
    unhealthy: Option<f64>,
    hysteresis: Option<f64>,
    end: Option<End>,
}

/// The side on which values are bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Above,
    Below,
}

/// The status of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Judgment {
    pub(super) status: Status,
    /// The bound that the value is beyond.
    pub(super) exceeded: Option<f64>,
    /// The number that the value has to reach to be better again, if it is on the good side of the
    /// bound already.
    pub(super) recovers_at: Option<f64>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum InvalidBounds {
    None,
    NotFinite { setter: &'static str, value: f64 },
    BothSides,
    Order { side: Side, degraded: f64, unhealthy: f64 },
    Hysteresis { distance: f64 },
    EndOfOtherSide(End),
    EndBeforeBound { end: End, bound: f64 },
}

impl Judgment {
    pub(super) const HEALTHY: Self =
        Self { status: Status::Healthy, exceeded: None, recovers_at: None };
}

impl HysteresisBounds {
    pub(crate) const NONE: Self =
        Self { degraded: None, unhealthy: None, hysteresis: None, end: None };

    pub(super) fn validate(&self) -> Result<ValidBounds, InvalidBounds> {
        self.validate_finite()?;
        if let Some(invalid) = self.hysteresis.filter(|it| !it.is_finite() || *it < 0.0) {
            return Err(InvalidBounds::Hysteresis { distance: invalid });
        }
        let side = match (self.degraded, self.unhealthy) {
            (None, None) => return Err(InvalidBounds::None),
            (Some(bound), None) | (None, Some(bound)) => bound.side(),
            (Some(one), Some(other)) if one.side() != other.side() => {
                return Err(InvalidBounds::BothSides);
            }
            (Some(degraded), Some(unhealthy)) => {
                let side = degraded.side();
                let (degraded, unhealthy) = (degraded.value(), unhealthy.value());
                if !side.is_beyond(unhealthy, degraded) {
                    return Err(InvalidBounds::Order { side, degraded, unhealthy });
                }
                side
            }
        };
        let bounds = ValidBounds {
            side,
            degraded: self.degraded.map(Bound::value),
            unhealthy: self.unhealthy.map(Bound::value),
            hysteresis: self.hysteresis,
            end: self.end,
        };
        bounds.validate_end()?;
        Ok(bounds)
    }

    fn validate_finite(&self) -> Result<(), InvalidBounds> {
        let degraded = self.degraded.map(|it| (it.side().setter("degraded"), it.value()));
        let unhealthy = self.unhealthy.map(|it| (it.side().setter("unhealthy"), it.value()));
        let end = self.end.map(|it| (it.setter(), it.value()));
        match [degraded, unhealthy, end].into_iter().flatten().find(|(_, it)| !it.is_finite()) {
            Some((setter, value)) => Err(InvalidBounds::NotFinite { setter, value }),
            None => Ok(()),
        }
    }
}

impl ValidBounds {
    /// Judges a value that is not NaN, after one that had this status.
    pub(super) fn judge(&self, value: f64, previous: Status) -> Judgment {
        let bounds = [(Status::Unhealthy, self.unhealthy), (Status::Degraded, self.degraded)];
        for (status, bound) in bounds.into_iter().filter_map(|(status, it)| Some((status, it?))) {
            if self.side.is_beyond(value, bound) {
                return Judgment { status, exceeded: Some(bound), recovers_at: None };
            }
            let recovers_at = self.recovers_at(bound);
            if previous >= status && self.side.is_beyond(value, recovers_at) {
                return Judgment { status, exceeded: Some(bound), recovers_at: Some(recovers_at) };
            }
        }
        Judgment::HEALTHY
    }

    /// Returns the value that must not be reached, the end or the last bound, with the
    /// word for what is then the case.
    pub(super) fn last(&self) -> Option<(&'static str, f64)> {
        let end = self.end.map(|end| (end.word(), end.value()));
        let unhealthy = self.unhealthy.map(|bound| (Status::Unhealthy.as_str(), bound));
        let degraded = self.degraded.map(|bound| (Status::Degraded.as_str(), bound));
        end.or(unhealthy).or(degraded)
    }

    fn validate_end(&self) -> Result<(), InvalidBounds> {
        let Some(end) = self.end else { return Ok(()) };
        if end.side() != self.side {
            return Err(InvalidBounds::EndOfOtherSide(end));
        }
        match self.unhealthy.or(self.degraded).filter(|it| self.side.is_beyond(*it, end.value())) {
            Some(bound) => Err(InvalidBounds::EndBeforeBound { end, bound }),
            None => Ok(()),
        }
    }

    fn recovers_at(&self, bound: f64) -> f64 {
        let distance = self.hysteresis.unwrap_or(bound.abs() * HYSTERESIS);
        match self.side {
            Side::Above => bound - distance,
            Side::Below => bound + distance,
        }
    }
}

impl Bound {
    pub(super) fn value(self) -> f64 {
        let (Self::Above(value) | Self::Below(value)) = self;
        value
    }

    fn side(self) -> Side {
        match self {
            Self::Above(_) => Side::Above,
            Self::Below(_) => Side::Below,
        }
    }
}

impl End {
    fn value(self) -> f64 {
        let (Self::Full(value) | Self::Empty(value)) = self;
        value
    }

    fn side(self) -> Side {
        match self {
            Self::Full(_) => Side::Above,
            Self::Empty(_) => Side::Below,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Full(_) => "full",
            Self::Empty(_) => "empty",
        }
    }

    fn setter(self) -> &'static str {
        match self {
            Self::Full(_) => "full_at",
            Self::Empty(_) => "empty_at",
        }
    }
}

impl Side {
    /// Returns whether a value is worse than a bound.
    pub(super) fn is_beyond(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Above => value > bound,
            Self::Below => value < bound,
        }
    }

    /// Returns the word between a bad value and its bound.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
        }
    }

    /// Returns the word for a value that is reached earlier than another.
    fn before(self) -> &'static str {
        match self {
            Self::Above => "less",
            Self::Below => "greater",
        }
    }

    fn setter(self, status: &str) -> &'static str {
        match (self, status) {
            (Self::Above, "degraded") => "degraded_above",
            (Self::Below, "degraded") => "degraded_below",
            (Self::Above, _) => "unhealthy_above",
            (Self::Below, _) => "unhealthy_below",
        }
    }
}

/// Says what is wrong and what to write instead.
impl fmt::Display for InvalidBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::None => f.write_str(
                "no bound is set; call `unhealthy_above`, `unhealthy_below`, `degraded_above` or \
                 `degraded_below`",
            ),
            Self::NotFinite { setter, value } => {
                write!(f, "`{setter}` must be a finite number, not {}", exact(value))
            }
            Self::BothSides => f.write_str(
                "one bound is `_above` and the other `_below`; set both on the same side",
            ),
            Self::Order { side, degraded, unhealthy } => {
                write!(
                    f,
                    "`{}({})` must be {} than `{}({})`",
                    side.setter("degraded"),
                    exact(degraded),
                    side.before(),
                    side.setter("unhealthy"),
                    exact(unhealthy),
                )
            }
            Self::Hysteresis { distance } => {
                write!(f, "`hysteresis` must be zero or more, and finite, not {}", exact(distance))
            }
            Self::EndOfOtherSide(end) => {
                write!(f, "`{}` is for bounds that are `_{}`", end.setter(), end.side().word())
            }
            Self::EndBeforeBound { end, bound } => write!(
                f,
                "`{}({})` must not be {} than the bound {}",
                end.setter(),
                exact(end.value()),
                end.side().before(),
                exact(bound)
            ),
        }
    }
}
