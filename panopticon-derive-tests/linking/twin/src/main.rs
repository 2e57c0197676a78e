//! The binary of a package whose library has the same name, and so the same module paths.

panopticon::collection!(name = "program");

panopticon::discover!(twin);

mod inner {
    #[panopticon::healthcheck]
    fn in_inner_program() {}
}

#[panopticon::healthcheck]
fn in_program() {}

#[cfg(feature = "clash")]
#[panopticon::healthcheck(name = "in_library")]
fn clash() {}

fn main() {
    app::print_components();
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_test_of_the_binary_is_the_binary() {
        let report = panopticon::Panopticon::builder().build().unwrap().report_blocking();
        let in_library = report.component("in_library").unwrap();
        let in_program = report.component("in_program").unwrap();
        assert_eq!(in_library.collection(), Some("library"));
        assert_eq!(in_program.collection(), Some("program"));
        panopticon::testing::assert_all_linked!(
            except = [
                "app",
                "archive",
                "ledger",
                "orders",
                "quiet",
                "shop-billing",
                "silent-checks",
                "weights",
            ]
        );
    }
}
