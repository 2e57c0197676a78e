//! Reports on some of the components.

use panopticon::{CheckOptions, Panopticon, Selection, SelectionError};

fn health() -> Panopticon {
    Panopticon::empty()
        .check("database", CheckOptions::new().tag("storage").tag("sql"), || async {})
        .check("disk", CheckOptions::new().tag("storage"), || async {})
        .check("queue", CheckOptions::new(), || async {})
        .build()
        .unwrap()
}

async fn selected(selection: Selection) -> Vec<String> {
    let report = health().report_for(selection).await.unwrap();
    report.components().map(|(name, _)| name.to_owned()).collect()
}

#[tokio::test]
async fn names_and_tags_select_components() {
    assert_eq!(selected(Selection::all()).await, ["database", "disk", "queue"]);
    assert_eq!(selected(Selection::all().name("queue").name("disk")).await, ["disk", "queue"]);
    assert_eq!(selected(Selection::all().tag("storage")).await, ["database", "disk"]);
    assert_eq!(selected(Selection::all().tag("storage").name("disk")).await, ["disk"]);
}

#[tokio::test]
async fn a_selection_of_nothing_is_an_error_and_not_a_healthy_report() {
    let error = health().report_for(Selection::all().name("cache")).await.unwrap_err();
    assert!(matches!(&error, SelectionError::UnknownComponent { name, .. } if name == "cache"));
    assert_eq!(
        error.to_string(),
        "no component is named \"cache\"; known components: database, disk, queue"
    );
    let error = health().report_for(Selection::all().tag("nosql")).await.unwrap_err();
    assert_eq!(error.to_string(), "no component has the tag \"nosql\"; known tags: sql, storage");
    let error = health().report_for(Selection::all().tag("storag")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no component has the tag \"storag\"; did you mean `storage`? known tags: sql, storage"
    );
    let error = health().report_for(Selection::all().name("Databse")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no component is named \"Databse\"; did you mean `database`? known components: database, \
         disk, queue"
    );
    let error = health().report_for(Selection::all().tag("sql").name("disk")).await.unwrap_err();
    assert_eq!(error, SelectionError::Empty);
    let error = health().check("cache").await.unwrap_err();
    assert!(matches!(error, SelectionError::UnknownComponent { .. }));
}

#[tokio::test]
async fn exclusions_leave_components_out() {
    assert_eq!(selected(Selection::all().without_name("queue")).await, ["database", "disk"]);
    assert_eq!(selected(Selection::all().without_tag("sql")).await, ["disk", "queue"]);
    assert_eq!(selected(Selection::all().tag("storage").without_name("disk")).await, ["database"]);
    let nothing = health().report_for(Selection::all().name("disk").without_tag("storage")).await;
    assert_eq!(nothing.unwrap_err(), SelectionError::Empty);
    // Otherwise, a misspelt exclusion would silently exclude nothing.
    let error = health().report_for(Selection::all().without_name("dsk")).await.unwrap_err();
    assert!(matches!(&error, SelectionError::UnknownComponent { name, .. } if name == "dsk"));
    let error = health().report_for(Selection::all().without_collection("x")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no component is in a collection named \"x\"; there are no collections"
    );
}
