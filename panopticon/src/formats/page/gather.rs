//! Collects what the page is made of, from the report and the handle.

use std::sync::Arc;
use std::time::SystemTime;

use super::facts::{Check, Facts, Links, Options, Past, ProbeCheck, ProbeFacts, Subject};
use crate::check::Probe;
use crate::events::History;
use crate::formats::format::{PageContext, RenderContext};
use crate::health::Status;
use crate::panopticon::{ComponentInfo, Latest};
use crate::report::{Component, Disclosure, Report, in_milliseconds};

/// What is read once for a page, and lent to its facts.
pub(super) struct Sources<'a> {
    /// `None` before `build()`.
    built: Option<Built<'a>>,
}

struct Built<'a> {
    page: PageContext<'a>,
    /// Sorted by name, like the checks of `latest`.
    infos: Vec<ComponentInfo<'a>>,
    latest: Arc<Latest>,
    history: Option<History>,
}

impl<'a> Sources<'a> {
    pub(super) fn new(context: RenderContext<'a>) -> Self {
        let built = context.page.map(|page| Built {
            page,
            infos: page.health.components().collect(),
            latest: page.health.latest(),
            history: page.health.history(),
        });
        Self { built }
    }

    pub(super) fn of_report<'f>(
        &'f self,
        report: &'f Report,
        context: RenderContext<'f>,
    ) -> Facts<'f> {
        let checks: Vec<Check<'f>> =
            report.components().map(|(_, component)| self.check(component)).collect();
        let subject = context.probe.map_or(Subject::Report, Subject::Probe);
        let probes = self.built.as_ref().map(|built| built.probes(subject, report));
        let facts = self.facts(subject, checks, context);
        Facts {
            now: report.timestamp(),
            probes,
            is_draining: report.is_draining(),
            drain_fails: context.drain_fails,
            ..facts
        }
    }

    pub(super) fn of_component<'f>(
        &'f self,
        component: &'f Component,
        context: RenderContext<'f>,
    ) -> Facts<'f> {
        self.facts(Subject::Component, vec![self.check(component)], context)
    }

    fn facts<'f>(
        &'f self,
        subject: Subject,
        checks: Vec<Check<'f>>,
        context: RenderContext<'f>,
    ) -> Facts<'f> {
        let built = self.built.as_ref();
        let page = built.map(|built| built.page);
        let disclosure = page.map_or(Disclosure::StatusOnly, |page| page.disclosure);
        let built_at = page.map(|page| page.health.built_at());
        let host = || hostname::get().ok().map(|name| name.to_string_lossy().into_owned());
        Facts {
            subject,
            now: in_milliseconds(SystemTime::now()),
            checks,
            past: Past {
                history: built.and_then(|built| built.history.as_ref()),
                disclosure,
                built_at,
            },
            probes: None,
            drain_fails: false,
            is_draining: false,
            draining_since: page.and_then(|page| page.health.draining_since()),
            service: context.service,
            host: (disclosure == Disclosure::Full).then(host).flatten(),
            up_since: built_at.filter(|_| disclosure > Disclosure::StatusOnly),
            is_built: built.is_some(),
            links: page.map_or_else(Links::default, |page| Links {
                selection: page.selection,
                report_url: page.report_url,
            }),
        }
    }

    fn check<'f>(&'f self, component: &'f Component) -> Check<'f> {
        let found =
            self.built.as_ref().and_then(|built| Some((built, built.position(component.name())?)));
        let Some((built, position)) = found else {
            return Check { component, past: None, waits_for: None, options: None };
        };
        let info = built.infos[position];
        let may_wait = component.active_override().is_none() && !component.healthy();
        let latest = &built.latest.checks()[position].component;
        Check {
            component,
            past: built.history.as_ref().and_then(|history| history.component(component.name())),
            waits_for: latest.waits_for().filter(|_| may_wait),
            options: (built.page.disclosure > Disclosure::StatusOnly).then(|| Options {
                interval: info.interval(),
                cache: info.cache(),
                timeout: info.timeout(),
                failure_threshold: info.failure_threshold(),
                success_threshold: info.success_threshold(),
                probes: info.probes().collect(),
                dependencies: info.dependencies().collect(),
            }),
        }
    }
}

impl Built<'_> {
    fn position(&self, name: &str) -> Option<usize> {
        self.infos.binary_search_by(|info| info.name().cmp(name)).ok()
    }

    fn probes<'f>(&'f self, subject: Subject, report: &'f Report) -> Vec<ProbeFacts<'f>> {
        // Once startup has passed, its report stays the one with which it did.
        let is_past = subject == Subject::Probe(Probe::Startup) && self.page.health.has_started();
        let facts = |probe: Probe| {
            let infos = self.infos.iter().zip(self.latest.checks());
            let asked = infos.filter(|(info, _)| info.probes().any(|it| it == probe));
            let checks = asked.map(|(info, known)| {
                let is_reported = !is_past || probe == Probe::Startup;
                let reported = report.component(info.name()).filter(|_| is_reported);
                let component = reported.unwrap_or(&known.component);
                // There is no result that is recent enough, and no operator's word instead.
                let is_unknown = component.status() == Status::Unknown
                    && component.checked_at().is_none()
                    && component.active_override().is_none();
                ProbeCheck {
                    name: info.name(),
                    critical: component.critical(),
                    counted: component.counted(Some(probe)),
                    is_outdated: is_unknown && reported.is_none() && info.interval().is_none(),
                    is_skipped: known.is_skipped,
                }
            });
            // If the page shows this probe, its report decides, even if it is from an earlier time.
            let has_passed = probe == Probe::Startup
                && subject != Subject::Probe(probe)
                && self.page.health.has_started();
            ProbeFacts { probe, has_passed, checks: checks.collect() }
        };
        Probe::ALL.map(facts).into()
    }
}
