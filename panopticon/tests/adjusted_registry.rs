//! Annotated functions that are left out or renamed, in a binary of their own because other tests
//! count the checks in their registry.

use panopticon::{Builder, CheckOptions, LeftOutReason, Panopticon, ProblemKind};

struct Postgres {
    is_up: bool,
}
struct MySql;
struct Cache(&'static str);
struct Spool;

/// Two back ends, of which a service uses one, with the same name, as checks of different crates
/// may have.
mod postgres {
    use super::Postgres;
    use panopticon::{Health, healthcheck};

    pub(crate) const LINE: u32 = line!() + 2;
    #[healthcheck(if_provided)]
    pub(crate) async fn database(postgres: &Postgres, _again: &Postgres) -> Health {
        if postgres.is_up { Health::healthy("") } else { Health::unhealthy("down") }
    }
}

mod mysql {
    pub(crate) mod healthchecks {
        #[panopticon::healthcheck(if_provided, name = "mysql")]
        pub(crate) fn database(_: &crate::MySql, _: Option<&crate::Cache>) {}
    }
}

mod spools {
    panopticon::collection!(name = "spools", if_provided);

    use panopticon::healthcheck;

    #[healthcheck]
    fn spool(_: &super::Spool) {}

    #[healthcheck]
    fn spooled_bytes(_: Option<&super::Spool>) {}

    #[healthcheck(depends_on = [spool])]
    fn r#type() {}
}

mod sessions {
    use panopticon::{Health, healthcheck};

    #[healthcheck]
    async fn sessions(cache: Option<&super::Cache>) -> Health {
        match cache {
            Some(cache) => Health::healthy(cache.0),
            None => Health::degraded("no cache"),
        }
    }
}

mod logins {
    use panopticon::healthcheck;

    #[healthcheck(depends_on = [crate::postgres::database, crate::mysql::healthchecks::database])]
    fn logins() {}
}

fn path(of: &str) -> String {
    format!("{}::{of}", module_path!())
}

fn left_out(builder: Builder) -> Vec<(String, LeftOutReason)> {
    let health = builder.build().unwrap();
    let left_out = health.left_out().iter();
    left_out.map(|left_out| (left_out.name().to_owned(), left_out.reason().clone())).collect()
}

fn names(builder: Builder) -> Vec<String> {
    let report = builder.build().unwrap().report_blocking();
    report.components().map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn a_check_is_left_out_if_what_it_needs_was_not_provided() {
    assert_eq!(names(Panopticon::builder()), ["logins", "sessions", "spooled_bytes", "type"]);
    assert_eq!(
        names(Panopticon::builder().provide(MySql).provide(Spool)),
        ["logins", "mysql", "sessions", "spool", "spooled_bytes", "type"]
    );

    let health = Panopticon::builder().provide(MySql).build().unwrap();
    let shown: Vec<String> = health.left_out().iter().map(ToString::to_string).collect();
    let place = format!("{}:{}", file!(), postgres::LINE);
    let provided = std::any::type_name::<Postgres>();
    assert_eq!(
        shown[0],
        format!(
            "`database` at {place}: no `{provided}` was provided; ignored as a dependency of `logins`"
        )
    );
    assert_eq!(health.left_out()[1].name(), "spool");
    assert_eq!(health.left_out()[1].collection(), Some("spools"));
    assert_eq!(health.left_out()[1].dependents().collect::<Vec<_>>(), ["type"]);
    assert_eq!(shown.len(), 2);
}

#[test]
fn the_reason_names_a_similar_resource_that_was_provided() {
    let left_out =
        left_out(Panopticon::builder().provide(vec![Postgres { is_up: true }]).provide(Spool));
    let LeftOutReason::NotProvided { resources, similar, .. } = &left_out[0].1 else {
        panic!("{left_out:?}");
    };
    assert_eq!(resources[..], [std::any::type_name::<Postgres>()]);
    assert_eq!(similar[..], [std::any::type_name::<Vec<Postgres>>()]);
    let text = left_out[0].1.to_string();
    assert!(text.ends_with("::Postgres>` was, but that is a different type)"), "{text}");
}

#[test]
fn an_optional_resource_is_none_if_it_was_not_provided() {
    let message = |builder: Builder| {
        let report = builder.build().unwrap().report_blocking();
        report.component("sessions").unwrap().message().unwrap().to_owned()
    };
    assert_eq!(message(Panopticon::builder()), "no cache");
    assert_eq!(message(Panopticon::builder().provide(Cache("redis"))), "redis");
}

#[test]
fn a_dependency_holds_only_if_it_is_not_left_out() {
    let logins = |builder: Builder| {
        let report = builder.provide(Postgres { is_up: false }).build().unwrap().report_blocking();
        report.component("logins").unwrap().message().map(str::to_owned)
    };
    assert_eq!(
        logins(Panopticon::builder()).as_deref(),
        Some("not checked: `database` is unhealthy")
    );
    assert_eq!(logins(Panopticon::builder().without("database")), None);
    assert_eq!(logins(Panopticon::builder().without(path("postgres::database"))), None);
}

#[test]
fn a_check_is_renamed_by_the_path_of_its_function() {
    let builder = || {
        Panopticon::builder()
            .provide(Postgres { is_up: true })
            .rename(path("postgres::database"), "postgres.database")
            .rename(path("sessions::sessions"), "web.sessions")
            .rename(path("spools::type"), "spools.type")
            .check("database", CheckOptions::new().depends_on("postgres.database"), || async {})
    };
    assert_eq!(
        names(builder()),
        ["database", "logins", "postgres.database", "spooled_bytes", "spools.type", "web.sessions"]
    );
    // The new name is used everywhere.
    assert_eq!(
        names(builder().without("postgres.database").without("web.sessions")),
        ["database", "logins", "spooled_bytes", "spools.type"]
    );
    let error = builder().without("sessions").build().unwrap_err().to_string();
    assert!(error.contains("`.without(\"sessions\")`"), "{error}");
    assert!(error.contains("web.sessions"), "{error}");
    // Its function is the same as before.
    let health = builder().without("postgres.database").build().unwrap();
    let renamed =
        health.left_out().iter().find(|left_out| left_out.name() == "postgres.database").unwrap();
    assert_eq!(renamed.dependents().collect::<Vec<_>>(), ["database", "logins"]);
    let raw = Panopticon::builder().rename(path("spools::r#type"), "raw");
    assert!(names(raw).contains(&"raw".to_owned()));
}

#[test]
fn a_path_tells_checks_with_one_name_apart() {
    let builder = || {
        Panopticon::builder().provide(Postgres { is_up: true }).check(
            "database",
            CheckOptions::new(),
            || async {},
        )
    };
    assert!(builder().build().is_err());
    assert!(builder().without("database").build().is_err());
    let left_out = left_out(builder().without(path("postgres::database")));
    assert_eq!(left_out[0].0, "database");
    // One that is left out anyway is not a duplicate.
    let builder = Panopticon::builder().check("database", CheckOptions::new(), || async {});
    assert!(!names(builder.without("database")).contains(&"database".to_owned()));
}

#[test]
fn the_error_of_a_name_that_switches_off_two_checks_gives_their_paths() {
    let line = line!() + 5;
    let error = Panopticon::builder()
        .provide(Postgres { is_up: true })
        .provide(MySql)
        .rename(path("mysql::healthchecks::database"), "database")
        .without("database")
        .build()
        .unwrap_err();
    let [problem] = error.problems() else { panic!("{error}") };
    let expected = format!(
        "\n   `.without(\"database\")` at {}:{line} means both, so it switches off neither; give one \
         of the paths `{}`, `{}`",
        file!(),
        path("mysql::healthchecks::database"),
        path("postgres::database"),
    );
    assert!(problem.to_string().ends_with(&expected), "{problem}");
}

#[test]
fn what_cannot_be_renamed_is_an_error() {
    let line = line!() + 3;
    let (file, function) = (file!(), path("logins::logins"));
    let error = Panopticon::builder()
        .rename(path("login::logins"), "a")
        .rename("logins", "b")
        .rename(&function, "c")
        .rename(&function, "d")
        .rename(path("sessions::sessions"), "data base")
        .rename(path("sessions::sessions"), "liveness")
        .rename(path("sessions::sessions"), "c")
        .build()
        .unwrap_err();
    let messages: Vec<_> = error.problems().iter().map(ToString::to_string).collect();
    let kinds: Vec<_> = error.problems().iter().map(panopticon::Problem::kind).collect();
    assert_eq!(kinds[..5], [ProblemKind::InvalidRename; 5], "{error}");
    assert_eq!(kinds[5..], [ProblemKind::DuplicateName], "{error}");
    let start = format!(
        "`.rename({:?}, \"a\")` at {file}:{line} must name a function with ",
        path("login::logins")
    );
    assert!(messages[0].starts_with(&start), "{}", messages[0]);
    assert!(
        messages[0].contains(&format!("did you mean `{function}`? known functions: ")),
        "{}",
        messages[0]
    );
    assert!(messages[1].contains(&format!("known functions: {function}, ")), "{}", messages[1]);
    assert!(
        messages[2].ends_with(&format!(
            "must not rename a function that is already renamed at {file}:{}; remove one of the two",
            line + 2
        )),
        "{}",
        messages[2]
    );
    assert!(messages[3].contains("of 1 to 64 ASCII letters"), "{}", messages[3]);
    assert!(messages[4].contains("`liveness`, `readiness`"), "{}", messages[4]);
    for renamed in [line + 2, line + 6] {
        let renamed = format!(", as renamed at {file}:{renamed}\n");
        assert!(messages[5].contains(&renamed), "{}", messages[5]);
    }
}

/// Names in code are exact, whether of components or of functions.
#[test]
fn white_space_in_names_is_ignored_in_the_environment_only() {
    let spaced = format!(" {} ", path("sessions::sessions"));
    for (builder, kind) in [
        (Panopticon::builder().without(" sessions "), ProblemKind::UnknownComponent),
        (Panopticon::builder().without(&spaced), ProblemKind::UnknownComponent),
        (Panopticon::builder().rename(&spaced, "logged_in"), ProblemKind::InvalidRename),
    ] {
        let error = builder.build().unwrap_err();
        assert!(error.problems().iter().any(|problem| problem.kind() == kind), "{error}");
    }
}
