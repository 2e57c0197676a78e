//! `crate = path` finds panopticon as a renamed dependency, through a re-export, and from a macro of
//! another crate.

// Like `health_checks = { package = "panopticon", … }` in a Cargo.toml. `tests/expansion` shows that the
// expansion does not use `::panopticon`, which is available here too.
pub extern crate panopticon as health_checks;

use health_checks::Panopticon;

mod platform {
    pub(crate) mod reexported {
        pub use health_checks as panopticon;
    }

    #[health_checks::healthcheck(crate = self::reexported::panopticon)]
    fn relative_to_module() {}
}

use platform::reexported::panopticon as local;

#[health_checks::healthcheck(crate = health_checks)]
fn renamed() {}

#[health_checks::healthcheck(crate = ::health_checks)]
async fn renamed_from_root() {}

#[health_checks::healthcheck(timeout = "1m", crate = crate::platform::reexported::panopticon)]
fn from_crate_root() {}

#[health_checks::healthcheck(crate = local)]
fn imported() {}

macro_rules! with_crate {
    ($path:path) => {
        #[health_checks::healthcheck(crate = $crate::platform::reexported::panopticon)]
        fn dollar_crate() {}

        #[health_checks::healthcheck(crate = $path)]
        fn captured() {}
    };
}

with_crate!(health_checks);

fn main() {
    mod in_the_function {
        pub(super) use health_checks as panopticon;
    }

    #[health_checks::healthcheck(crate = in_the_function::panopticon)]
    fn relative_to_block() {}

    let report = Panopticon::builder().build().unwrap().report_blocking();
    let names: Vec<_> = report.components().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "captured",
            "dollar_crate",
            "from_crate_root",
            "imported",
            "relative_to_block",
            "relative_to_module",
            "renamed",
            "renamed_from_root",
        ]
    );
}
