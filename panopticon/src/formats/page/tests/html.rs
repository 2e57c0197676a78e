//! The page as a whole.

use serde_json::{Value, json};

use super::{Service, component, unhealthy};
use crate::events::History;
use crate::formats::page::facts::{Facts, Subject};
use crate::formats::page::view;
use crate::health::Health;
use crate::health::Status::{self, Degraded, Healthy, Unhealthy, Unknown};

/// Texts that break pages.
const NASTY: [&str; 6] = [
    "<script>alert(1)</script>",
    "</pre></title></style><img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)",
    "' & &amp; &#60;script&#62;",
    "\u{202e}\u{2066}reversed\u{0}\u{1b}[31m\u{85}\u{2028}",
    "<!-- --> ]]> --!>",
];

/// Returns a page with a text in every place that has one from elsewhere.
fn page_with(text: &str) -> String {
    let until = "2026-11-29T04:00:00Z";
    let service = Service::new(vec![
        unhealthy(
            "database",
            json!({
                "friendly_status": text, text: text, "collection": text, "tags": [text],
                "detail_errors": {text: text},
                "override": {"status": "healthy", "reason": text, "until": until},
            }),
        ),
        component(
            "disk",
            json!({
                "friendly_status": text, text: {text: text}, "collection": text, "tags": [text],
            }),
        ),
    ])
    .transition("disk", Unknown, Healthy, 60);
    service.with_facts(Subject::Report, |facts| {
        let info = crate::settings::ServiceInfo::new(text)
            .version(text)
            .release_id(text)
            .description(text)
            .note(text)
            .link(text, text);
        let host = Some(text.to_owned());
        view::page(&Facts { service: Some(&info), host, ..facts })
    })
}

/// Returns all tags of a page, and fails if there is anything like one elsewhere. The style and the
/// script are ours and left out.
fn tags(page: &str) -> Vec<String> {
    let page = page.replacen(view::STYLE, "", 1).replacen(view::SCRIPT, "", 1);
    let mut tags = Vec::new();
    let mut rest = &*page;
    while let Some((before, after)) = rest.split_once('<') {
        assert!(!before.contains('>'), "{before}");
        let mut is_quoted = false;
        let end = after.find(|character| {
            is_quoted ^= character == '"';
            assert!(character != '<' || is_quoted, "{after:.80}");
            character == '>' && !is_quoted
        });
        let (tag, after) = after.split_at(end.unwrap());
        tags.push(tag.to_owned());
        rest = &after[1..];
    }
    tags
}

#[test]
fn texts_from_elsewhere_add_no_tag_and_no_attribute() {
    // Details are sorted by key, which may change the order.
    let sorted = |page: &str| {
        let mut tags = tags(page);
        tags.sort();
        tags
    };
    let plain = page_with("plain");
    let expected = sorted(&plain);
    for text in NASTY {
        let page = page_with(text);
        assert_eq!(sorted(&page), expected, "{text}");
        assert!(!page.contains("onerror=alert(1)>"), "{text}");
    }
}

#[test]
fn characters_that_hide_or_reorder_text_are_shown() {
    let page = page_with(NASTY[4]);
    assert!(page.contains(r"\u{202e}\u{2066}reversed\u{0}\u{1b}[31m\u{85}\u{2028}"));
    for hidden in ['\u{202e}', '\u{2066}', '\0', '\u{1b}', '\u{85}', '\u{2028}'] {
        assert!(!page.contains(hidden), "{hidden:?}");
    }
}

#[test]
fn a_message_of_the_greatest_length_is_shown_in_full() {
    let message = "x".repeat(Health::MAX_MESSAGE_BYTES);
    let service =
        Service::new(vec![unhealthy("database", json!({"friendly_status": message.clone()}))]);
    let page = service.page();
    let shown = page.split_once("<p class=\"long\"").unwrap().1;
    assert!(shown.contains(&message));
}

/// 20 components with details and a full history, of which each fifth result is not healthy.
fn full_service(status: impl Fn(usize) -> Status) -> Service {
    let components = (0..20).map(|number| {
        let status = status(number);
        component(
            &format!("component_{number:02}"),
            json!({
                "status": status, "healthy": status.is_healthy(),
                "friendly_status": "the primary accepts writes", "connections": 14,
                "collection": format!("collection_{}", number % 3),
            }),
        )
    });
    let mut service = Service::new(components.collect());
    for number in 0..20_u64 {
        let results: Vec<(Status, u64)> = (0..History::MAX_RESULTS as u64)
            .map(|at| match (at * 7 + number) % 20 {
                0 => (Unhealthy, 2000),
                5 => (Degraded, 300),
                noise => (Healthy, 10 + noise),
            })
            .collect();
        service = service.results(&format!("component_{number:02}"), &results);
    }
    for number in 0..100 {
        let name = format!("component_{:02}", number % 20);
        let (from, to) = if number % 40 < 20 { (Unhealthy, Healthy) } else { (Healthy, Unhealthy) };
        service = service.transition(&name, from, to, 2000 - number);
    }
    service
}

#[test]
fn twenty_components_with_a_full_history_are_less_than_40_kb() {
    let one_is_wrong = |number| if number == 3 { Unhealthy } else { Healthy };
    let bytes = full_service(one_is_wrong).page().len();
    assert!(bytes < 40_000, "{bytes} bytes");
}

#[test]
fn every_component_is_on_the_page_once() {
    let service = full_service(|number| [Healthy, Unhealthy, Degraded, Unknown][number % 4]);
    let page = service.page();
    for number in 0..20 {
        let id = format!("id=\"component-component_{number:02}\"");
        assert_eq!(page.matches(&id).count(), 1, "{id}");
    }
    let order: Vec<_> = ["headline", "as-of", "wrong", "incident", "changes", "rest"]
        .map(|id| page.find(&format!("id=\"{id}\"")).unwrap())
        .into();
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn a_page_needs_nothing_else() {
    let page = full_service(|_| Healthy).page();
    for tag in tags(&page) {
        assert!(tag.matches(" class=").count() <= 1 && !tag.contains(" style="), "{tag}");
        assert!(!tag.contains(" on"), "{tag}");
        for (attribute, allowed) in [(" src=\"", ""), (" href=\"", "data: ? #")] {
            for url in tag.split(attribute).skip(1) {
                assert!(
                    allowed.split(' ').any(|start| url.starts_with(start) && !start.is_empty()),
                    "{tag}"
                );
            }
        }
    }
}

#[test]
fn links_keep_the_selection_and_metrics_are_only_of_the_whole() {
    let service = Service::new(vec![component("disk", json!({}))]);
    let page = service.with_facts(Subject::Report, |facts| {
        let selection = "tag=a%22b&exclude=c\"><script>";
        let links = crate::formats::page::facts::Links { selection, report_url: None };
        view::page(&Facts { links, ..facts })
    });
    let selection = "tag=a%22b&amp;exclude=c&quot;&gt;&lt;script&gt;";
    assert!(page.contains(&format!("href=\"?format=json&amp;{selection}\"")));
    assert!(page.contains("href=\"?\""));
    assert!(!page.contains("openmetrics"));
    assert_eq!(
        service.page().contains("href=\"?format=openmetrics\""),
        cfg!(feature = "prometheus")
    );
}

#[test]
fn the_incident_text_says_what_and_since_when() {
    let service = Service::new(vec![
        unhealthy(
            "database",
            json!({"friendly_status": "no route\nto host", "response_time": 2.0}),
        ),
        unhealthy("orders", json!({"checked_at": Value::Null, "critical": false})),
    ])
    .results("database", &[(Healthy, 12), (Unhealthy, 2000)])
    .transition("database", Healthy, Unhealthy, 240)
    .waits("orders", "database");
    let page = service.page();
    let text = page.split_once("<pre id=\"incident\">").unwrap().1.split_once("</pre>").unwrap().0;
    assert_eq!(
        text,
        "UNHEALTHY since 03:02:00 UTC (4 min): database (1 more waits for it)\n\
         \n\
         - database: unhealthy, since 03:02:00 UTC\n  \
           no route\n  \
           to host\n  \
           last good result 03:05:57 UTC, in 12 ms\n  \
         - orders: unhealthy, optional, waits for database\n\
         \n\
         as of 2026-11-29 03:06:00 UTC\n"
    );
}

#[test]
fn first_results_are_one_change_and_long_texts_are_cut_there() {
    let mut service =
        Service::new(["a", "b", "c", "d"].map(|name| component(name, json!({}))).to_vec());
    for name in ["a", "b", "c", "d"] {
        service = service.transition(name, Unknown, Healthy, 60);
    }
    let page = service.page();
    assert!(page.contains("d, c, b and 1 more"), "{page}");
}
