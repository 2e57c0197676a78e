//! The worker on plain threads.

use crate::eventually;
use crate::process::{Program, command};

#[test]
fn a_worker_logs_the_report_and_stops_on_sigterm() {
    for (uploads, report) in [
        (env!("CARGO_MANIFEST_DIR"), "service healthy: upload_folder healthy (can be read)\n"),
        (
            "/nowhere/at/all",
            "service unhealthy: upload_folder unhealthy (No such file or directory (os error 2))\n",
        ),
    ] {
        let mut command = command(env!("CARGO_BIN_EXE_plain_threads"));
        command.env("UPLOADS", uploads);
        let mut worker = Program::start(&mut command);
        assert_eq!(worker.read_line(), report);
        assert_eq!(worker.ended(), None, "it works on, healthy or not");
        worker.send_sigterm();
        eventually(|| worker.ended().is_some());
        assert_eq!(worker.ended().and_then(|status| status.code()), Some(0));
        assert_eq!(worker.read_line(), "the worker has stopped\n");
    }
}
