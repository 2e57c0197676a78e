//! Lists nothing, and has dependencies of every kind.

fn main() {
    app::main(|| {
        panopticon::testing::assert_all_linked!(
            except = [
                "app",
                "orders",
                "shop-billing",
                "quiet",
                "silent-checks",
                "weights",
                "ledger",
                "archive"
            ]
        );
    });
}
