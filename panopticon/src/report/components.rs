//! The components of a report.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::component::Component;

/// Components, sorted by name. Reports share them, and with them their JSON.
pub(super) struct Components {
    sorted: Vec<Arc<Component>>,
    json: OnceLock<Vec<u8>>,
}

/// Bytes of JSON, for most components.
const ENOUGH: usize = 192;

impl Components {
    /// Of those that are sorted by name.
    pub(super) fn sorted(sorted: Vec<Arc<Component>>) -> Self {
        Self { sorted, json: OnceLock::new() }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Component> {
        let found = self.sorted.binary_search_by(|component| component.name().cmp(name)).ok()?;
        Some(&self.sorted[found])
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Component)> {
        self.sorted.iter().map(|component| (component.name(), &**component))
    }

    /// The JSON of a report from here on: these as an object, and the report's own brace. Written
    /// once, for reports are asked for more often than results change.
    pub(super) fn json(&self) -> &[u8] {
        self.json.get_or_init(|| self.json_after(Vec::new()))
    }

    /// The same behind what is there.
    pub(super) fn json_after(&self, mut json: Vec<u8>) -> Vec<u8> {
        json.reserve_exact(3 + ENOUGH * self.sorted.len());
        json.push(b'{');
        for (position, (name, component)) in self.iter().enumerate() {
            if position > 0 {
                json.push(b',');
            }
            // Cannot fail: it is a string, and written into memory.
            let _ = serde_json::to_writer(&mut json, name);
            json.push(b':');
            component.write_json(&mut json);
        }
        json.extend_from_slice(b"}}");
        json
    }
}

impl fmt::Debug for Components {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl PartialEq for Components {
    fn eq(&self, other: &Self) -> bool {
        self.sorted == other.sorted
    }
}
