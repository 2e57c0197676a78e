//! `crate = path` finds panopticon as a renamed dependency, through a re-export, and from a macro of
//! another crate.

pub extern crate panopticon as metrics;

mod platform {
    pub(crate) mod reexported {
        pub use metrics as panopticon;
    }

    #[metrics::track_time(crate = self::reexported::panopticon)]
    pub(crate) fn relative_to_module() {}
}

use platform::reexported::panopticon as local;

#[metrics::track_time(crate = metrics)]
fn renamed() {}

#[metrics::track_time("renamed", unit = "s", crate = ::metrics)]
async fn renamed_from_root() {}

#[metrics::track_time(crate = crate::platform::reexported::panopticon)]
fn from_crate_root() {}

#[metrics::track_time(crate = local)]
fn imported() {}

macro_rules! with_crate {
    ($path:path) => {
        #[metrics::track_time(crate = $crate::platform::reexported::panopticon)]
        fn dollar_crate() {}

        #[metrics::track_time(crate = $path)]
        fn captured() {}
    };
}

with_crate!(metrics);

fn main() {
    platform::relative_to_module();
    renamed();
    from_crate_root();
    imported();
    dollar_crate();
    captured();
    let _ = renamed_from_root();
}
