//! The components of the service: their names, and what their checks return when nothing is wrong.

use std::time::Duration;

use panopticon::{CheckOptions, Probe};

/// A component whose check is simulated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Simulated {
    name: &'static str,
    collection: &'static str,
    pub(crate) response_time: Duration,
    pub(crate) message: &'static str,
    pub(crate) detail: Option<(&'static str, u64)>,
    depends_on: &'static [&'static str],
    interval: Option<Duration>,
    failure_threshold: u32,
    critical: bool,
    probe: Option<Probe>,
}

/// A component comes after those that it depends on, so that the first components, however many, are
/// complete.
const COMPONENTS: [Simulated; 20] = [
    component("orders", "database", 2_100, "the primary accepts writes").detail("connections", 14),
    component("orders", "orders", 3_400, "orders can be placed").needs(&["database"]),
    component("orders", "invoices", 4_700, "the last invoice is 12 s old").needs(&["database"]),
    component("orders", "stock", 2_900, "stock levels are current").needs(&["database"]),
    component("orders", "search", 18_000, "the index is 3 s behind").optional().every(10),
    component("orders", "cart_cache", 400, "").optional().every(5),
    component("orders", "order_events", 5_200, "no consumer is behind").every(10),
    component("payments", "payment_provider", 184_000, "answers 200 OK")
        .optional()
        .every(30)
        .counts_after(3),
    component("payments", "card_vault", 11_000, "unsealed").every(10),
    component("payments", "fraud_scoring", 46_000, "model 2026-11-02 is loaded")
        .optional()
        .every(10),
    component("payments", "exchange_rates", 96_000, "14 min old").optional().every(60),
    component("payments", "refunds", 3_100, "none waits for a clerk")
        .needs(&["database"])
        .optional(),
    component("payments", "ledger", 6_800, "balanced").needs(&["database"]),
    component("delivery", "queue", 1_200, "keeping up").every(5).detail("queued_jobs", 423),
    component("delivery", "mail", 38_000, "accepts messages")
        .optional()
        .every(30)
        .needs(&["queue"]),
    component("delivery", "text_messages", 122_000, "").optional().every(30).needs(&["queue"]),
    component("delivery", "parcel_labels", 71_000, "the printer service answers").every(30),
    component("delivery", "warehouse", 24_000, "both sites are connected").every(10),
    component("delivery", "temporary_files", 900, "plenty of room").every(10).detail("files", 61),
    component("delivery", "workers", 100, "8 of 8 take jobs").every(5).answers(Probe::Liveness),
];

/// Returns the names and definitions of this many components. After the first 20, they repeat with
/// numbered names.
pub(crate) fn components(number: usize) -> impl Iterator<Item = (String, CheckOptions, Simulated)> {
    (0..number).map(|position| {
        let simulated = COMPONENTS[position % COMPONENTS.len()];
        let copy = position / COMPONENTS.len() + 1;
        let named = |name: &str| if copy == 1 { name.to_owned() } else { format!("{name}_{copy}") };
        let mut options = simulated.options();
        for dependency in simulated.depends_on {
            options = options.depends_on(named(dependency));
        }
        (named(simulated.name), options, simulated)
    })
}

const fn component(
    collection: &'static str,
    name: &'static str,
    microseconds: u64,
    message: &'static str,
) -> Simulated {
    Simulated {
        name,
        collection,
        response_time: Duration::from_micros(microseconds),
        message,
        detail: None,
        depends_on: &[],
        interval: None,
        failure_threshold: 1,
        critical: true,
        probe: None,
    }
}

impl Simulated {
    const fn detail(mut self, key: &'static str, value: u64) -> Self {
        self.detail = Some((key, value));
        self
    }

    const fn needs(mut self, depends_on: &'static [&'static str]) -> Self {
        self.depends_on = depends_on;
        self
    }

    const fn every(mut self, seconds: u64) -> Self {
        self.interval = Some(Duration::from_secs(seconds));
        self
    }

    const fn counts_after(mut self, failures: u32) -> Self {
        self.failure_threshold = failures;
        self
    }

    const fn optional(mut self) -> Self {
        self.critical = false;
        self
    }

    const fn answers(mut self, probe: Probe) -> Self {
        self.probe = Some(probe);
        self
    }

    fn options(&self) -> CheckOptions {
        let mut options = CheckOptions::new()
            .collection(self.collection)
            .critical(self.critical)
            .failure_threshold(self.failure_threshold);
        if let Some(interval) = self.interval {
            options = options.interval(interval);
        }
        if let Some(probe) = self.probe {
            options = options.probe(probe);
        }
        options
    }
}
