//! The same report in other formats, the exec probe, and the service's own links.

use maud::{Markup, html};

use super::text::{Visible, foreign};
use crate::formats::page::facts::{Facts, Subject};

pub(super) fn footer(facts: &Facts<'_>) -> Markup {
    let selection = facts.links.selection;
    let is_whole = facts.subject == Subject::Report && selection.is_empty();
    let link = |name: &str, format: &str| {
        html! {
            a href={
                "?format=" (format)
                @if !selection.is_empty() { "&" (selection) }
            } { (name) }
        }
    };
    html! {
        footer {
            h2 { "Other formats and links" }
            p {
                (link("JSON", "json")) " · " (link("health+json", "health%2Bjson"))
                " · " (link("text", "text"))
                @if cfg!(feature = "prometheus") && is_whole {
                    " · " (link("OpenMetrics", "openmetrics"))
                }
            }
            p { "As an exec probe: " code { "panopticon probe " span #url data-keep { "URL-OF-THIS-PAGE" } } }
            @if let Some(service) = facts.service {
                @for text in service.description.iter().chain(&service.notes) {
                    p { (foreign(text)) }
                }
                @for (relation, uri) in &service.links {
                    p {
                        (Visible(relation)) ": "
                        @if uri.starts_with("https://") || uri.starts_with("http://") {
                            a href=(uri) { (Visible(uri)) }
                        } @else {
                            (Visible(uri))
                        }
                    }
                }
            }
        }
    }
}
