//! Is listed, and has checks wherever there can be one.

use panopticon::healthcheck;

#[healthcheck]
fn orders() {}

pub mod payments {
    panopticon::collection!(name = "payments");

    #[panopticon::healthcheck]
    async fn bank() {}

    pub fn never_called() {
        #[panopticon::healthcheck]
        fn cards() {}
    }
}

/// `weights` exports a macro of this name, too.
#[macro_export]
macro_rules! round {
    ($amount:expr) => {
        $amount / 100
    };
}
