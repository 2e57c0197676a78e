//! Chooses the format of an answer.

use http::{HeaderMap, StatusCode};

use super::accept;
use super::answer::Answer;
use crate::formats::format::{ALL, Format, Renderer};
use crate::formats::json;
use crate::similar_name::suggest;

/// How a report or a component is written. Errors are JSON in any case.
#[derive(Clone, Copy)]
pub(super) struct AnswerFormat {
    pub(super) format: &'static Format,
    pub(super) pretty: bool,
}

/// The formats that a path offers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Offered {
    All,
    Reports,
    /// Only JSON, for what no other format can show.
    Json,
    #[cfg(feature = "prometheus")]
    Metrics,
}

impl Offered {
    /// Returns the formats in order of preference.
    pub(super) fn formats(self) -> impl DoubleEndedIterator<Item = &'static Format> + Clone {
        ALL.iter().filter(move |format| match self {
            Self::All => true,
            Self::Reports => matches!(format.renderer, Renderer::Reports { .. }),
            Self::Json => format.name == json::FORMAT.name,
            #[cfg(feature = "prometheus")]
            Self::Metrics => matches!(format.renderer, Renderer::Metrics(_)),
        })
    }

    fn default_format(self) -> &'static Format {
        self.formats().next().unwrap_or(&ALL[0])
    }
}

/// What happens to a request that accepts no format.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum IfNoneAccepted {
    Refuse,
    /// It is answered in the default format: for probes, since a header must not restart a process
    /// or take it out of rotation; and for scrapers that cannot set the header.
    UseDefault,
}

impl AnswerFormat {
    pub(super) fn default_with(pretty: bool) -> Self {
        Self { format: &ALL[0], pretty }
    }

    /// Chooses by the name in `?format=`, or else by the `Accept` header. `Err` is the answer if no
    /// format can be chosen.
    pub(super) fn choose(
        name: Option<&str>,
        headers: &HeaderMap,
        pretty: bool,
        offered: Offered,
        if_none: IfNoneAccepted,
    ) -> Result<Self, Answer> {
        let format = match name {
            Some(name) => offered
                .formats()
                .find(|format| format.name == name)
                .ok_or_else(|| unknown(name, offered))?,
            None => match (accept::preferred(headers, offered.formats()), if_none) {
                (Some(format), _) => format,
                (None, IfNoneAccepted::UseDefault) => offered.default_format(),
                (None, IfNoneAccepted::Refuse) => return Err(not_acceptable(offered, pretty)),
            },
        };
        Ok(Self { format, pretty })
    }
}

fn unknown(name: &str, offered: Offered) -> Answer {
    let known = offered.formats().map(|format| format.name.to_owned());
    let elsewhere = ALL.iter().any(|format| format.name == name);
    let reason = if elsewhere { " at this path" } else { "" };
    let known = suggest("formats", name, known);
    let error = format!("`format` must not be {name:?}{reason}; {known}");
    Answer::without_format(StatusCode::BAD_REQUEST, error, offered, false)
}

fn not_acceptable(offered: Offered, pretty: bool) -> Answer {
    let known: Vec<String> = offered
        .formats()
        .map(|format| format!("{} ({})", format.name, format.media_type))
        .collect();
    let error = format!(
        "the `Accept` header accepts no known format; change it, or leave it out and use `?format=`; \
         known formats: {}",
        known.join(", ")
    );
    Answer::without_format(StatusCode::NOT_ACCEPTABLE, error, offered, pretty)
}
