//! What the kernel knows about this process.

use std::time::Duration;

use crate::checks::measurement::Unmeasured;
use crate::checks::measurement::proc_file;

/// This process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Process {
    pub(super) uptime: Duration,
    pub(super) threads: u64,
    pub(super) resident_bytes: u64,
}

impl Process {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn read() -> Result<Self, Unmeasured> {
        use std::path::Path;

        use rustix::param::clock_ticks_per_second;
        use rustix::time::{ClockId, clock_gettime};

        let read = || {
            let path = Path::new("/proc/self/status");
            let status = proc_file::read(path)?;
            let threads = proc_file::number(&status, path, "Threads")?;
            let resident_bytes = proc_file::number(&status, path, "VmRSS")?;
            let started = start_time(&proc_file::read(Path::new("/proc/self/stat"))?)
                .ok_or("/proc/self/stat has no start time")?;
            // Both count from the boot, while the machine was suspended as well.
            let now = clock_gettime(ClockId::Boottime);
            let ticks = clock_ticks_per_second().max(1);
            let now = Duration::from_secs(now.tv_sec.unsigned_abs());
            let started = Duration::from_secs(started / ticks);
            Ok(Self { uptime: now.saturating_sub(started), threads, resident_bytes })
        };
        read().map_err(Unmeasured::Failed)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(super) fn read() -> Result<Self, Unmeasured> {
        Err(Unmeasured::OtherSystem(proc_file::SYSTEMS))
    }
}

/// Returns when the process was started, in ticks since the boot: the 22nd field of
/// `/proc/self/stat`. The second is the name in parentheses, which may contain anything.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn start_time(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_ascii_whitespace().nth(19)?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::start_time;

    #[test]
    fn the_start_time_is_found_after_any_name() {
        for name in ["orders", "a) S 1 (b", ") 1 2 3"] {
            let stat = format!(
                "7 ({name}) S 1 7 7 0 -1 4194560 1290 0 8 0 12 5 0 0 20 0 9 0 4711 5554176 1108 \
                 18446744073709551615 1 1 0"
            );
            assert_eq!(start_time(&stat), Some(4711), "{name}");
        }
        assert_eq!(start_time("7 (orders) S 1"), None);
    }
}
