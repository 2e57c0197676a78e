//! Chooses the format of an answer.

use http::{HeaderMap, StatusCode};

use super::accept;
use super::answer::Answer;
use crate::formats::format::{ALL, Format};
use crate::similar_name::suggest;

/// How a report or a component is written. Errors are JSON in any case.
#[derive(Clone, Copy)]
pub(super) struct AnswerFormat {
    pub(super) format: &'static Format,
    pub(super) pretty: bool,
}

/// What happens to a request that accepts no format.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum IfNoneAccepted {
    Refuse,
    /// For probes: an answer in the default format, since an error would restart a process, or take
    /// it out of rotation, because of a header.
    UseDefault,
}

impl AnswerFormat {
    pub(super) fn default_with(pretty: bool) -> Self {
        Self { format: &ALL[0], pretty }
    }

    /// Chooses by the name in `?format=` or else by the `Accept` header. `Err` is the answer to a request
    /// without a format that it could be answered in.
    pub(super) fn choose(
        name: Option<&str>,
        headers: &HeaderMap,
        pretty: bool,
        if_none: IfNoneAccepted,
    ) -> Result<Self, Answer> {
        let format = match name {
            Some(name) => {
                ALL.iter().find(|format| format.name == name).ok_or_else(|| unknown(name))?
            }
            None => match (accept::preferred(headers), if_none) {
                (Some(format), _) => format,
                (None, IfNoneAccepted::UseDefault) => &ALL[0],
                (None, IfNoneAccepted::Refuse) => return Err(not_acceptable(pretty)),
            },
        };
        Ok(Self { format, pretty })
    }
}

fn unknown(name: &str) -> Answer {
    let known = ALL.iter().map(|format| format.name.to_owned());
    let error = format!("`format` must not be {name:?}; {}", suggest("formats", name, known));
    Answer::without_format(StatusCode::BAD_REQUEST, error, false)
}

fn not_acceptable(pretty: bool) -> Answer {
    let known: Vec<String> =
        ALL.iter().map(|format| format!("{} ({})", format.name, format.media_type)).collect();
    let error = format!(
        "the `Accept` header accepts no known format; change it, or leave it out and choose by \
         `?format=`; known formats: {}",
        known.join(", ")
    );
    Answer::without_format(StatusCode::NOT_ACCEPTABLE, error, pretty)
}
