//! The text of a z-page, such as `/livez`, in the format of Kubernetes' API server.

/// What a z-page says.
#[derive(Debug, PartialEq)]
pub(super) struct ZPage<'a> {
    pub(super) has_passed: bool,
    /// The lines about checks that are not healthy.
    pub(super) findings: Vec<&'a str>,
}

/// Returns what a z-page says, or `None` if the text is not a z-page.
pub(super) fn read(body: &str) -> Option<ZPage<'_>> {
    if body.trim_end() == "ok" {
        return Some(ZPage { has_passed: true, findings: Vec::new() });
    }
    let mut lines = body.lines().rev().skip_while(|line| line.is_empty());
    let (page, outcome) = lines.next()?.split_once(" check ")?;
    let has_passed = match outcome {
        "passed" => true,
        "failed" => false,
        _ => return None,
    };
    let is_of_a_check = |line: &&str| line.starts_with("[+]") || line.starts_with("[-]");
    let mut checks: Vec<&str> = lines.filter(is_of_a_check).collect();
    // Other text may end with the same words.
    if checks.is_empty() || page.contains(' ') {
        return None;
    }
    checks.reverse();
    checks.retain(|line| line.starts_with("[-]") || is_degraded(line));
    Some(ZPage { has_passed, findings: checks })
}

impl ZPage<'_> {
    pub(super) fn is_degraded(&self) -> bool {
        self.findings.iter().any(|line| is_degraded(line))
    }

    /// Returns whether the page fails only because of draining.
    pub(super) fn is_only_draining(&self) -> bool {
        let mut failed = self.findings.iter().filter(|line| line.starts_with("[-]"));
        !self.has_passed && failed.all(|line| line.starts_with("[-]draining failed: "))
    }
}

/// Returns whether the line is about a component that passes, but is not healthy, such as
/// `[+]mail degraded: ok` or `[+]mail unhealthy, optional: ok`.
fn is_degraded(line: &str) -> bool {
    let state = line.strip_prefix("[+]").and_then(|rest| rest.strip_suffix(": ok"));
    let state = state.and_then(|rest| rest.split_once(' '));
    state.is_some_and(|(_, state)| state != "excluded")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_a_z_page_are_read() {
        let ok = ZPage { has_passed: true, findings: Vec::new() };
        assert_eq!(read("ok"), Some(ok));
        let passed = "[+]database ok\n[+]disk excluded: ok\n[+]mail degraded: ok\n\
                      [+]sms unhealthy, optional: ok\n[+]draining: ok\nlivez check passed\n";
        let findings = vec!["[+]mail degraded: ok", "[+]sms unhealthy, optional: ok"];
        assert_eq!(read(passed), Some(ZPage { has_passed: true, findings }));
        let failed =
            "[-]database failed: reason withheld\n[+]mail ok\nwarn: none\nreadyz check failed\n";
        let findings = vec!["[-]database failed: reason withheld"];
        assert_eq!(read(failed), Some(ZPage { has_passed: false, findings }));
    }

    #[test]
    fn a_page_that_only_draining_fails_is_known() {
        let draining = "[-]draining failed: the service is about to stop\n";
        for (checks, expected) in [("[+]mail ok\n", true), ("[-]mail failed: x\n", false)] {
            let text = format!("{checks}{draining}readyz check failed\n");
            assert_eq!(read(&text).map(|page| page.is_only_draining()), Some(expected), "{text}");
        }
    }

    #[test]
    fn other_texts_are_not_z_pages() {
        for text in
            ["", "OK", "okay", "<html>ok</html>", "readyz check passed", "Our spell check passed"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
