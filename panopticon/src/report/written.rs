use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use serde_json::json;

use super::component::Component;

/// The JSON of a component, kept beside it from the third time on. The first time is for the report
/// that ran it and the second for one that is kept as a whole; it is written more often where others
/// change again and again.
///
/// Of the component it is in, so a copy begins without, and it says nothing of whether two
/// components are equal.
#[derive(Default)]
pub(super) struct Written {
    times: AtomicU8,
    json: OnceLock<Box<[u8]>>,
}

impl Written {
    /// Writes the component that this is of, behind what is there.
    pub(super) fn write(&self, component: &Component, json: &mut Vec<u8>) {
        if let Some(kept) = self.json.get() {
            json.extend_from_slice(kept);
            return;
        }
        let start = json.len();
        if let Err(error) = serde_json::to_writer(&mut *json, component) {
            // Out of reach: a component holds JSON values already.
            json.truncate(start);
            let message = error.to_string();
            let broken = json!({"healthy": false, "response_time": 0, "friendly_status": message});
            json.extend_from_slice(broken.to_string().as_bytes());
        }
        // Where two write it at once they may count one time, and one of them is the first to keep it.
        let times = self.times.load(Ordering::Relaxed);
        if times < 2 {
            self.times.store(times + 1, Ordering::Relaxed);
        } else {
            let _ = self.json.set(json[start..].into());
        }
    }
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }
}

impl Clone for Written {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Written {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
