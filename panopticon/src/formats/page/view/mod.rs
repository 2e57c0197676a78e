//! The page as HTML.
//!
//! `page.js` and the browser tests rely on these ids: `page`, `headline`, `as-of`, `traffic`, `wrong`,
//! `changes`, `rest`, `copy`, `incident`, `style`, `script`, and `component-` with a component's name.
//! An element with `data-keep` belongs to the script, which does not replace it with that of a later
//! answer.

mod changes;
mod component;
mod footer;
mod header;
mod icon;
mod problems;
mod rest;
mod text;
mod traffic;

use maud::{DOCTYPE, PreEscaped, html};

use super::changes::changes;
use super::facts::{Facts, Subject};
use super::headline::Headline;
use super::incident::incident;
use super::problems::problems;
use super::traffic::traffic;
use crate::report::Timestamp;

pub(super) const STYLE: &str = include_str!("../page.css");
pub(super) const SCRIPT: &str = include_str!("../page.js");

/// Returns the whole page.
pub(super) fn page(facts: &Facts<'_>) -> String {
    let problems = problems(&facts.checks);
    let headline = Headline::new(facts, &problems);
    let probes = traffic(facts, &problems);
    let incident = incident(facts, &headline, &probes, &problems);
    let changes = changes(facts);
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (header::Title { facts, headline: &headline }) }
                link rel="icon" href=(icon::of(headline.state));
                noscript { meta http-equiv="refresh" content="5"; }
                style #style { (PreEscaped(STYLE)) }
            }
            body {
                main #page data-now=(maud::display(Timestamp(facts.now))) {
                    (header::header(facts, &headline))
                    @if !probes.is_empty() {
                        (traffic::traffic(facts, &probes))
                    }
                    (problems::problems(facts, &problems, incident.as_deref()))
                    (changes::changes(facts, changes.as_ref()))
                    @if facts.subject != Subject::Component || problems.is_empty() {
                        (rest::Rest(facts))
                    }
                    (footer::footer(facts))
                }
                script #script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    markup.into_string()
}
