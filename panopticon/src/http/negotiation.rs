//! Chooses the format of an answer.

use bytes::Bytes;
use http::Uri;
use serde::Serialize;

use super::body::HealthBody;
use super::query;
use crate::formats::json;
use crate::report::{Component, Report};

/// The format of a report or a component. Errors are JSON in any case.
#[derive(Clone, Copy)]
pub(super) enum AnswerFormat {
    Json { pretty: bool },
}

impl AnswerFormat {
    /// Chooses by the query; an error says what is wrong with it. To choose by the `Accept` header
    /// too, pass it here and answer with `Vary`.
    pub(super) fn choose(uri: &Uri) -> Result<Self, String> {
        let mut pretty = false;
        for value in query::values(uri, "pretty") {
            match &*value? {
                "" | "true" | "1" => pretty = true,
                "false" | "0" => pretty = false,
                other => {
                    return Err(format!(
                        "`pretty` must not be {other:?}; write `?pretty` or leave it out"
                    ));
                }
            }
        }
        Ok(Self::Json { pretty })
    }

    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Json { .. } => json::MEDIA_TYPE,
        }
    }

    pub(super) fn report(self, report: &Report) -> HealthBody {
        match self {
            Self::Json { pretty: true } => self.error(report),
            Self::Json { pretty: false } => {
                let (head, rest) = json::to_pieces(report);
                HealthBody::new(head.into(), Bytes::from_owner(rest))
            }
        }
    }

    pub(super) fn component(self, component: &Component) -> HealthBody {
        match self {
            Self::Json { .. } => self.error(component),
        }
    }

    /// Writes an error, or anything else that is JSON in any case.
    pub(super) fn error(self, value: &impl Serialize) -> HealthBody {
        let Self::Json { pretty } = self;
        HealthBody::new(json::to_vec(value, pretty).into(), Bytes::new())
    }
}
