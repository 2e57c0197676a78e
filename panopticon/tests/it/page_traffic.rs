//! What the page says about the probes and the service is what the probes and the report answer.

use std::time::Duration;

use panopticon::{
    CheckOptions, Health, HealthRequest, Override, Panopticon, Probe, Report, Selection, Status,
};
use tokio::time::sleep;

use crate::random::Random;
use crate::scripted::Scripted;

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const STATUSES: [Status; 4] =
    [Status::Healthy, Status::Degraded, Status::Unknown, Status::Unhealthy];
/// As long as the last result of a check without an interval is known, so that a probe that asks
/// after the page gets the results that the page shows.
const CACHE: Duration = Duration::from_secs(60);

fn health(random: &mut Random) -> Health {
    match random.below(5) {
        0 => Health::unhealthy("broken"),
        1 => Health::degraded("slow"),
        _ => Health::healthy("fine"),
    }
}

fn options(random: &mut Random, position: usize) -> CheckOptions {
    let mut options = CheckOptions::new().critical(random.below(3) > 0);
    // Those for liveness must not have dependencies.
    let kind = random.below(6);
    options = match kind {
        0 => options.probe(Probe::Liveness),
        1 => options.probe(Probe::Liveness).probe(Probe::Readiness),
        2 => options.probe(Probe::Startup),
        3 => options.probe(Probe::Startup).probe(Probe::Readiness),
        _ => options,
    };
    options = match random.below(3) {
        // The last result of one that only startup asks for is known even if it is old.
        _ if kind == 2 => options.interval(Duration::from_secs(20)),
        0 => options.interval(Duration::from_secs(5 + random.below(40))),
        _ => options.cache(CACHE),
    };
    if random.below(3) == 0 {
        options = options.failure_threshold(2).success_threshold(2);
    }
    for dependency in &NAMES[..position] {
        if kind > 1 && random.below(4) == 0 {
            options = options.depends_on(*dependency);
        }
    }
    options
}

/// A service whose options and states are random.
struct Service {
    health: Panopticon,
    checks: Vec<Scripted>,
}

impl Service {
    fn new(random: &mut Random) -> Self {
        let checks: Vec<Scripted> = NAMES.iter().map(|_| Scripted::new(health(random))).collect();
        let builder = (0..).zip(&checks).fold(Panopticon::empty(), |builder, (position, check)| {
            builder.check(NAMES[position], options(random, position), check.check())
        });
        Self { health: builder.build().unwrap(), checks }
    }

    fn change_something(&self, random: &mut Random) {
        let position = usize::try_from(random.below(6)).unwrap();
        let name = NAMES[position];
        match random.below(8) {
            0 => self.health.drain(),
            1 => self.health.undrain(),
            2 => {
                let status = STATUSES[usize::try_from(random.below(4)).unwrap()];
                let seconds = Duration::from_secs(1 + random.below(90));
                let set = Override::new(status, "because").lasting(seconds);
                self.health.set_override(name, set).unwrap();
            }
            3 => {
                self.health.clear_override(name).unwrap();
            }
            _ => self.checks[position].say(health(random)),
        }
    }

    async fn page(&self, below: &str) -> String {
        let target = format!("/healthcheck/{below}");
        let request = HealthRequest::get(&target).headers([("accept", "text/html")]);
        let response = self.health.answer(request).await;
        String::from_utf8(response.into_body()).unwrap()
    }
}

/// Returns the state that the sentence begins with.
fn state(page: &str) -> &str {
    let (_, rest) = page.split_once("<span class=\"state\">").unwrap();
    rest.split_once('<').unwrap().0
}

/// Returns what the page says about a probe.
fn shown(page: &str, probe: Probe) -> &str {
    let (_, rest) = page.split_once("id=\"traffic\"").unwrap();
    let (_, rest) = rest.split_once(&format!(">{probe} <b>")).unwrap();
    rest.split_once("</b>").unwrap().0.split_once(' ').unwrap().1
}

fn passes(report: &Report, probe: Probe) -> bool {
    report.service_healthy() && !(report.is_draining() && probe == Probe::Readiness)
}

fn word(status: Status) -> String {
    status.as_str().to_uppercase()
}

#[tokio::test(start_paused = true)]
async fn in_any_state_the_page_agrees_with_the_probes_and_the_report() {
    let mut unknown = 0;
    for seed in 0..80 {
        let random = &mut Random::new(seed);
        let service = Service::new(random);
        for step in 0..12 {
            service.change_something(random);
            // Checks with an interval run meanwhile, and not at its end.
            sleep(Duration::from_millis(1_000 * random.below(80) + 500)).await;
            let below = ["", "", "?exclude=a", "liveness", "readiness", "startup"]
                [usize::try_from(random.below(6)).unwrap()];
            let page = service.page(below).await;
            let context = format!("seed {seed}, step {step}, page {below:?}");
            for probe in Probe::ALL {
                let shown = shown(&page, probe);
                if shown == "not known" {
                    assert!(!below.is_empty(), "{context}: a report knows all");
                    unknown += 1;
                    continue;
                }
                // A startup probe that is asked may pass for good, so it is asked as rarely as here.
                let is_startup = probe == Probe::Startup && below != "startup";
                if is_startup && shown != "passed" && random.below(4) > 0 {
                    continue;
                }
                let report = service.health.probe(probe).await;
                let expected = if passes(&report, probe) { "pass" } else { "FAILS" };
                assert!(shown.starts_with(expected), "{context}: {probe} {shown}, not {report}");
            }
            // It is what the report and, as JSON, everybody else says.
            let probe = Probe::ALL.into_iter().find(|probe| probe.as_str() == below);
            let selection = probe.map_or(Selection::all(), |probe| Selection::all().probe(probe));
            let selection =
                if below.starts_with('?') { selection.without_name("a") } else { selection };
            let report = service.health.report_for(selection).await.unwrap();
            let drain_fails =
                report.is_draining() && matches!(probe, None | Some(Probe::Readiness));
            let expected = match report.components().next() {
                _ if drain_fails => "DRAINING".to_owned(),
                None => "NO CHECKS".to_owned(),
                Some(_) => word(report.status()),
            };
            assert_eq!(state(&page), expected, "{context}: {report}");
        }
    }
    assert!(unknown > 0);
}
