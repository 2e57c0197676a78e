//! The icon of the browser's tab: a shape and a color for each state. `page.js` makes colors of six
//! digits gray when it gets no updates.

use crate::formats::page::headline::State;

macro_rules! icon {
    ($shape:literal) => {
        concat!(
            "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E",
            $shape,
            "%3C/svg%3E"
        )
    };
}

/// Returns the URL of the icon, which contains it.
pub(super) fn of(state: State) -> &'static str {
    match state {
        State::Healthy => icon!(
            "%3Ccircle cx='8' cy='8' r='8' fill='%231d7a48'/%3E\
             %3Cpath d='m4 8 3 3 5-6' fill='none' stroke='%23fff' stroke-width='2'/%3E"
        ),
        State::Degraded => icon!(
            "%3Cpath d='M8 0l8 15H0z' fill='%23f0a81c'/%3E\
             %3Cpath d='M8 5v5m0 1v2' stroke='%23000' stroke-width='2'/%3E"
        ),
        State::Unhealthy => icon!(
            "%3Cpath d='M0 0h16v16H0z' fill='%23b8261b'/%3E\
             %3Cpath d='m4 4 8 8m0-8-8 8' stroke='%23fff' stroke-width='2.5'/%3E"
        ),
        State::Unknown | State::NoChecks => icon!(
            "%3Ccircle cx='8' cy='8' r='6' fill='none' stroke='%23888' stroke-width='3' \
             stroke-dasharray='3 1.7'/%3E"
        ),
        State::Draining => icon!(
            "%3Cpath d='M0 1h16L8 16z' fill='%232b5fc0'/%3E\
             %3Cpath d='M8 3v8' stroke='%23fff' stroke-width='2'/%3E"
        ),
    }
}
