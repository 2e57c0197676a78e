//! Chooses the format of an answer.

use http::{HeaderMap, StatusCode};

use super::accept;
use super::answer::Answer;
#[cfg(feature = "prometheus")]
use crate::formats::format::MetricsRenderer;
use crate::formats::format::{ALL, Format, Renderer, ReportRenderer};
use crate::formats::json;
use crate::similar_name::suggest;

/// The format of an answer, and its renderer for what is requested. Errors are JSON in any case.
#[derive(Clone, Copy)]
pub(super) struct AnswerFormat<R> {
    pub(super) format: &'static Format,
    pub(super) renderer: R,
    pub(super) pretty: bool,
}

/// The formats that a path offers: those that have this renderer.
#[derive(Clone, Copy)]
pub(super) struct Offered<R> {
    renderer: fn(&Format) -> Option<R>,
}

impl Offered<Renderer> {
    pub(super) const ALL: Self = Self { renderer: |format| Some(format.renderer) };
}

impl Offered<ReportRenderer> {
    pub(super) const REPORTS: Self = Self {
        renderer: |format| match format.renderer {
            Renderer::Reports(renderer) => Some(renderer),
            #[cfg(feature = "prometheus")]
            Renderer::Metrics(_) => None,
        },
    };
}

#[cfg(feature = "prometheus")]
impl Offered<MetricsRenderer> {
    pub(super) const METRICS: Self = Self {
        renderer: |format| match format.renderer {
            Renderer::Metrics(renderer) => Some(renderer),
            Renderer::Reports(_) => None,
        },
    };
}

/// For the answers that only JSON can show.
impl Offered<()> {
    pub(super) const JSON: Self =
        Self { renderer: |format| (format.name == json::FORMAT.name).then_some(()) };
}

impl<R> Offered<R> {
    /// Returns the formats in order of preference.
    pub(super) fn formats(self) -> impl DoubleEndedIterator<Item = (&'static Format, R)> {
        ALL.iter().filter_map(move |format| Some((format, (self.renderer)(format)?)))
    }

    /// Returns the format for a request that accepts none.
    fn default(self, if_none: IfNoneAccepted) -> Option<(&'static Format, R)> {
        self.formats().next().filter(|_| if_none == IfNoneAccepted::UseDefault)
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

impl<R> AnswerFormat<R> {
    /// Returns the format with another renderer of it.
    pub(super) fn with_renderer<T>(self, renderer: T) -> AnswerFormat<T> {
        AnswerFormat { format: self.format, renderer, pretty: self.pretty }
    }
}

/// The parts of a request that choose the format.
#[derive(Clone, Copy)]
pub(super) struct FormatRequest<'r> {
    /// The name in `?format=`.
    pub(super) name: Option<&'r str>,
    pub(super) headers: &'r HeaderMap,
    pub(super) pretty: bool,
}

impl FormatRequest<'_> {
    /// Chooses by the name, or else by the `Accept` header. `Err` is the answer if no format can be
    /// chosen.
    pub(super) fn choose<R: Copy>(
        self,
        offered: Offered<R>,
        if_none: IfNoneAccepted,
    ) -> Result<AnswerFormat<R>, Answer> {
        let Self { name, headers, pretty } = self;
        let chosen = match name {
            Some(name) => offered
                .formats()
                .find(|(format, _)| format.name == name)
                .ok_or_else(|| unknown(name, offered))?,
            None => accept::preferred(headers, offered.formats())
                .or_else(|| offered.default(if_none))
                .ok_or_else(|| not_acceptable(offered, pretty))?,
        };
        let (format, renderer) = chosen;
        Ok(AnswerFormat { format, renderer, pretty })
    }
}

fn unknown<R: Copy>(name: &str, offered: Offered<R>) -> Answer {
    let known = offered.formats().map(|(format, _)| format.name.to_owned());
    let elsewhere = ALL.iter().any(|format| format.name == name);
    let reason = if elsewhere { " at this path" } else { "" };
    let known = suggest("formats", name, known);
    let error = format!("`format` must not be {name:?}{reason}; {known}");
    Answer::without_format(StatusCode::BAD_REQUEST, error, offered, false)
}

fn not_acceptable<R: Copy>(offered: Offered<R>, pretty: bool) -> Answer {
    let known: Vec<String> = offered
        .formats()
        .map(|(format, _)| format!("{} ({})", format.name, format.media_type))
        .collect();
    let error = format!(
        "the `Accept` header accepts no known format; change it, or leave it out and use `?format=`; \
         known formats: {}",
        known.join(", ")
    );
    Answer::without_format(StatusCode::NOT_ACCEPTABLE, error, offered, pretty)
}
