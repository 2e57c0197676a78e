//! The expansion needs nothing in scope.

#![no_implicit_prelude]

mod orders {
    #[::panopticon::track_time("orders.import", unit = "s", tags = [("kind", "book")])]
    pub(crate) fn import() -> u8 {
        7
    }

    #[::panopticon::track_time]
    pub(crate) async fn export() {}
}

fn main() {
    ::std::assert_eq!(orders::import(), 7);
    let _ = orders::export();
}
