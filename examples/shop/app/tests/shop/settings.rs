//! Invalid settings: a clear message and exit code 1, not a panic.

use std::process::Stdio;

use crate::process::{Folder, command};

#[test]
fn an_invalid_setting_is_named_and_ends_the_shop() {
    let folder = Folder::new("settings");
    let refused_port = "postgres://shop:secret@127.0.0.1:1/shop";
    for (variable, value, reason) in [
        ("BIND", "nonsense", "cannot listen on \"nonsense\"; BIND takes an address such as"),
        ("BIND", "", "cannot listen on \"\""),
        ("BIND", "192.0.2.1:80", "cannot listen on \"192.0.2.1:80\""),
        ("GRACE", "soon", "GRACE must be a whole number of seconds, such as 5, not \"soon\""),
        ("GRACE", "", "not \"\""),
        ("GRACE", "-1", "not \"-1\""),
        ("GRACE", "1.5", "not \"1.5\""),
        ("GRACE", "5s", "not \"5s\""),
        ("DATABASE_URL", "nonsense", "relative URL without a base"),
        ("DATABASE_URL", "mysql://shop:secret@localhost/shop", "no driver found for URL scheme"),
        ("DATABASE_URL", "sqlite://no/such/folder/shop.db?mode=rwc", "unable to open database"),
        ("DATABASE_URL", "sqlite::memory:", "name a file"),
        ("DATABASE_URL", refused_port, "pool timed out"),
        ("DATADOG_STATS_ENABLED", "yes", "must not be \"yes\"; it takes"),
        // Invalid even though statistics are disabled.
        ("DATADOG_STATS_TRANSPORT", "tcp", "must not be \"tcp\"; it takes"),
    ] {
        let ended = command(&folder, &[("BIND", "127.0.0.1:0"), (variable, value)])
            .stdout(Stdio::null())
            .output()
            .expect("the binary that cargo has built can be run");
        let error = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{variable}={value}: {error}");
        assert!(error.starts_with("shop: "), "{variable}={value}: {error}");
        assert!(error.contains(variable) && error.contains(reason), "{variable}={value}: {error}");
        assert!(!error.contains("secret"), "{variable}={value}: {error}");
    }
}
