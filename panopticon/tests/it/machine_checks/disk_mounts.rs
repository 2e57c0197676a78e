//! `check_disk` on file systems that the tests mount, as root.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, process};

use panopticon::checks::disk::check_disk;
use panopticon::{CheckOptions, Panopticon, Status};

use super::{assert_result, assert_result_between, number, share};

/// Much longer than anything takes. Only a failing test waits that long.
const LIMIT: Duration = Duration::from_secs(60);

const MIB: usize = 1024 * 1024;

/// A folder on which something is mounted, until it is dropped.
struct Mount {
    folder: PathBuf,
    /// Serves the file system, if there has to be someone.
    server: Option<Child>,
}

impl Mount {
    /// Mounts a `tmpfs`. Prints why it cannot, and returns `None`.
    fn tmpfs(options: &str) -> Option<Self> {
        let mount = Self { folder: new_folder(), server: None };
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", options, "panopticon"]).arg(&mount.folder);
        is_permitted("mount a tmpfs", &mut command).then_some(mount)
    }

    /// Mounts a file system whose server never answers, like an NFS mount whose server is gone.
    fn hanging() -> Option<Self> {
        let mut mount = Self { folder: new_folder(), server: None };
        // The server is the process that has `/dev/fuse` open, and does nothing with it.
        let script = "exec 3<>/dev/fuse && mount -i -t fuse -o \
                      fd=3,rootmode=40000,user_id=0,group_id=0 panopticon \"$0\" && echo mounted && \
                      exec cat >/dev/null";
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).arg(&mount.folder).stdin(Stdio::piped());
        let spawned = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let server = mount.server.insert(spawned.unwrap());
        let mut first_bytes = [0; 7];
        if server.stdout.take().unwrap().read_exact(&mut first_bytes).is_err() {
            let mut error = String::new();
            let _ = server.stderr.take().unwrap().read_to_string(&mut error);
            eprintln!("SKIPPED: cannot mount a FUSE file system: {}", error.trim());
            return None;
        }
        Some(mount)
    }

    /// Mounts a new ext4 that allows no more writes after an error.
    fn ext4() -> Option<Self> {
        let mount = Self { folder: new_folder(), server: None };
        let image = mount.folder.with_extension("img");
        File::create(&image).unwrap().set_len(8 << 20).unwrap();
        let (mut mkfs, mut command) = (Command::new("mkfs.ext4"), Command::new("mount"));
        command.args(["-o", "loop,errors=remount-ro"]).args([&image, &mount.folder]);
        let is_mounted = is_permitted("create an ext4", mkfs.arg("-q").arg(&image))
            && is_permitted("mount an ext4", &mut command);
        fs::remove_file(&image).unwrap();
        is_mounted.then_some(mount)
    }

    fn remount(&self, options: &str) {
        let mut command = Command::new("mount");
        command.args(["-o", options]).arg(&self.folder);
        assert!(command.status().unwrap().success());
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            // Aborts the connection, so that nothing hangs any longer.
            let _ = server.kill();
            let _ = server.wait();
        }
        let mut umount = Command::new("umount");
        let _ = umount.arg("-l").arg(&self.folder).stderr(Stdio::null()).status();
        let _ = fs::remove_dir(&self.folder);
    }
}

fn new_folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = env::temp_dir().join(format!("panopticon-disk-{}-{count}", process::id()));
    fs::create_dir(&folder).unwrap();
    folder
}

fn is_permitted(what: &str, command: &mut Command) -> bool {
    let output = command.output();
    match output {
        Ok(output) if output.status.success() => true,
        Ok(output) => {
            let error = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            eprintln!("SKIPPED: cannot {what}: {error}");
            false
        }
        Err(error) => {
            eprintln!("SKIPPED: cannot {what}: {error}");
            false
        }
    }
}

fn write(path: &Path, bytes: usize) {
    File::create(path).unwrap().write_all(&vec![1; bytes]).unwrap();
}

#[test]
fn a_disk_that_fills_up_is_degraded_and_then_unhealthy() {
    let Some(mount) = Mount::tmpfs("size=300m,nr_inodes=1000") else { return };
    let check = || check_disk(&mount.folder).check_blocking();
    let health = check();
    assert_result(&health, Status::Healthy, "300.0 MiB of 300.0 MiB are free");
    assert_eq!(number(&health, "total_bytes"), 300 * 1024 * 1024);
    assert_eq!(number(&health, "total_inodes"), 1000);

    write(&mount.file("first"), 280 * MIB);
    assert_result_between(&check(), Status::Healthy, "20.0 MiB of 300.0 MiB", " are free");
    write(&mount.file("second"), 6 * MIB);
    let health = check();
    assert_result(&health, Status::Degraded, "only 14.0 MiB of 300.0 MiB are free (4.7 %)");
    assert_eq!(number(&health, "free_bytes"), 14 * 1024 * 1024);
    assert!((share(&health, "free_share") - 0.0467).abs() < 1e-9, "{health:?}");
    write(&mount.file("third"), 5 * MIB);
    let expected = "only 9.0 MiB of 300.0 MiB are free (3.0 %)";
    assert_result(&check(), Status::Unhealthy, expected);

    let allowed = check_disk(&mount.folder).unhealthy_below_bytes(0).check_blocking();
    assert_result(&allowed, Status::Degraded, expected);
    let mut rest = File::create(mount.file("rest")).unwrap();
    while rest.write_all(&[1; 4096]).is_ok() {}
    assert_result(&check(), Status::Unhealthy, "only 0 B of 300.0 MiB are free (0.0 %)");

    fs::remove_file(mount.file("first")).unwrap();
    assert_result(&check(), Status::Healthy, "280.0 MiB of 300.0 MiB are free");
}

#[test]
fn a_check_that_is_kept_has_a_hysteresis() {
    let Some(mount) = Mount::tmpfs("size=300m") else { return };
    let disk = check_disk(&mount.folder);
    write(&mount.file("first"), 280 * MIB);
    write(&mount.file("second"), 6 * MIB);
    assert_eq!(disk.check_blocking().status(), Status::Degraded);
    // By less than 5 % of the bound.
    write(&mount.file("second"), 4 * MIB + MIB / 2);
    let expected = "only 15.5 MiB of 300.0 MiB are free (5.2 %)";
    assert_result(&disk.check_blocking(), Status::Degraded, expected);
    assert_eq!(check_disk(&mount.folder).check_blocking().status(), Status::Healthy);
    write(&mount.file("second"), 4 * MIB);
    assert_eq!(disk.check_blocking().status(), Status::Healthy);
}

#[tokio::test(start_paused = true)]
async fn a_check_that_is_kept_forecasts_when_the_disk_is_full() {
    let Some(mount) = Mount::tmpfs("size=300m") else { return };
    let disk = check_disk(&mount.folder);
    assert_eq!(disk.check_blocking().detail("free_bytes_trend"), None);
    write(&mount.file("first"), 60 * MIB);
    tokio::time::advance(Duration::from_secs(30)).await;
    let health = disk.check_blocking();
    let rate = share(&health, "free_bytes_per_second");
    assert!((rate + 2.0 * 1024.0 * 1024.0).abs() < 1.0, "{rate}");
    let trend = health.detail("free_bytes_trend").and_then(|it| it.as_str());
    assert_eq!(trend, Some("falls by 2.0 MiB/s, full in 2 min"));
    fs::remove_file(mount.file("first")).unwrap();
    tokio::time::advance(Duration::from_secs(30)).await;
    let health = disk.check_blocking();
    assert_eq!(health.detail("free_bytes_trend"), Some(&"steady".into()));
}

#[test]
fn a_disk_without_inodes_is_unhealthy_although_it_has_space() {
    let Some(mount) = Mount::tmpfs("size=300m,nr_inodes=100") else { return };
    let check = || check_disk(&mount.folder).check_blocking();
    assert_eq!(check().status(), Status::Healthy);
    let mut count = 0;
    while check().status() == Status::Healthy {
        count += 1;
        File::create(mount.file(&count.to_string())).unwrap();
    }
    let health = check();
    assert_result(&health, Status::Degraded, "only 4 of 100 inodes are free (4.0 %)");
    assert_eq!((number(&health, "free_inodes"), number(&health, "total_inodes")), (4, 100));
    assert!((share(&health, "free_inodes_share") - 0.04).abs() < 1e-9);
    while File::create(mount.file(&count.to_string())).is_ok() {
        count += 1;
    }
    let expected = "no inode is free (of 100), so no file can be created";
    assert_result(&check(), Status::Unhealthy, expected);
    let check_shares = check_disk(&mount.folder).degraded_below_share(0.0).check_blocking();
    assert_result(&check_shares, Status::Unhealthy, expected);
}

#[test]
fn a_disk_that_is_read_only_is_unhealthy_unless_that_is_allowed() {
    let Some(mount) = Mount::tmpfs("size=300m") else { return };
    mount.remount("remount,ro");
    let health = check_disk(&mount.folder).check_blocking();
    assert_result(&health, Status::Unhealthy, "the file system is mounted read-only");
    assert_eq!(health.detail("read_only"), Some(&true.into()));
    // What is full does not matter either.
    let allowed = check_disk(&mount.folder)
        .allow_read_only()
        .unhealthy_below_bytes(u64::MAX)
        .check_blocking();
    assert_result(&allowed, Status::Healthy, "mounted read-only, as allowed");
    mount.remount("remount,rw");
    assert_eq!(check_disk(&mount.folder).check_blocking().status(), Status::Healthy);
}

#[test]
fn an_ext4_that_allows_no_more_writes_since_an_error_is_unhealthy() {
    let Some(mount) = Mount::ext4() else { return };
    let check = || check_disk(&mount.folder).unhealthy_below_bytes(0).check_blocking();
    assert_eq!(check().status(), Status::Healthy);
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    let folder = format!(" {} ", mount.folder.display());
    let device = mounts.lines().find_map(|line| line.split_once(&folder)).unwrap().0;
    let device = device.rsplit('/').next().unwrap();
    fs::write(format!("/sys/fs/ext4/{device}/trigger_fs_error"), "1").unwrap();
    File::create(mount.file("refused")).unwrap_err();
    assert_result(&check(), Status::Unhealthy, "the file system is mounted read-only");
}

#[test]
fn a_file_system_without_a_size_cannot_be_measured() {
    let health = check_disk("/proc").check_blocking();
    let beginning = "free space cannot be measured: the file system says that it has no size";
    assert_result_between(&health, Status::Degraded, beginning, "");
}

#[test]
fn a_file_system_that_hangs_holds_up_nothing_else() {
    let Some(mount) = Mount::hanging() else { return };
    let folder = mount.folder.clone();
    let health = Panopticon::empty()
        .check_blocking("disk", CheckOptions::new().timeout(Duration::from_millis(50)), move || {
            check_disk(&folder).check_blocking()
        })
        .check_blocking("other", CheckOptions::new().timeout(LIMIT), || ())
        .build()
        .unwrap();
    let report = health.report_blocking();
    assert_eq!(report.component("disk").unwrap().message(), Some("timed out after 50ms"));
    assert_eq!(report.component("other").unwrap().status(), Status::Healthy);

    // The server ends, and with it what hangs.
    drop(mount);
    let deadline = Instant::now() + LIMIT;
    loop {
        let report = health.report_blocking();
        let disk = report.component("disk").unwrap();
        if disk.message().is_some_and(|it| it.starts_with("the file system of `")) {
            break;
        }
        assert!(Instant::now() < deadline, "{disk:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
