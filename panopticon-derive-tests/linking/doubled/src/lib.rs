//! A library that is linked twice in its own tests, and whose module is compiled into the binary.

pub mod healthchecks;

#[cfg(test)]
mod tests {
    #[test]
    fn a_dependency_cycle_of_tests_is_named_as_the_cause() {
        doubled_support::refer_to_the_library();
        let error = panopticon::Panopticon::builder().build().unwrap_err().to_string();
        let cause = "they are the same: this test contains the library of package `doubled` twice, \
                     once as itself and once for a dev-dependency that depends on it; move the test \
                     to the folder `tests`, where the library is only linked";
        assert_eq!(error.matches(cause).count(), 3, "{error}");
        for problem in ["2 health checks are named `check`", "2 collections are named `ours`"] {
            assert!(error.contains(problem), "{error}");
        }
    }
}
