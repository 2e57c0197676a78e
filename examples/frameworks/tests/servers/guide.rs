//! The guide shows the programs as they are.

use std::fs;
use std::path::Path;

#[test]
fn the_guide_shows_the_programs_as_they_are() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| {
        let path = package.join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let guide = read("../../panopticon/src/guide/your_framework.md");
    for program in
        ["actix.rs", "axum_07.rs", "cron_job.rs", "hyper.rs", "plain_threads.rs", "tonic/main.rs"]
    {
        let source = read(&format!("src/bin/{program}"));
        // The guide introduces the program in its own words.
        let (_, code) = source.split_once("\n\n").expect("it begins with a comment");
        assert!(
            guide.contains(&format!("```rust,ignore\n{code}```\n")),
            "panopticon/src/guide/your_framework.md does not show src/bin/{program} as it is; copy \
             everything below the comment at its top to the guide"
        );
    }
    assert_eq!(
        guide.matches("```rust,ignore\n").count(),
        6,
        "every block that is not a doctest is compared"
    );
}
