//! The memory of this process, read from trees of files as kernels and container runtimes have them.

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

use super::{LimitedBy, Memory};

const MIB: u64 = 1024 * 1024;

/// A host with 16,000 MiB, of which 6,000 MiB are in use.
const MEMINFO: &str = "\
MemTotal:       16384000 kB
MemFree:         1024000 kB
MemAvailable:   10240000 kB
Buffers:          204800 kB
";

const V2_MOUNT: &str = "\
22 27 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:12 - proc proc rw
31 24 0:27 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot
";

/// What version 1 calls no limit.
const UNLIMITED: u64 = 9_223_372_036_854_771_712;

/// A root folder, removed when dropped.
struct Root(PathBuf);

impl Root {
    /// Creates a root with what this process sees in `/proc`.
    fn new(cgroup: &str, mountinfo: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("panopticon-memory-{}-{count}", process::id());
        let root = Self(env::temp_dir().join(name));
        root.file("proc/meminfo", MEMINFO)
            .file("proc/self/cgroup", cgroup)
            .file("proc/self/mountinfo", mountinfo)
    }

    fn file(self, path: &str, content: &str) -> Self {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Adds a cgroup of version 2 in `/sys/fs/cgroup`, whose inactive files have 50 MiB.
    fn v2(self, path: &str, max: &str, current_mib: u64) -> Self {
        let folder = format!("sys/fs/cgroup{path}");
        let stat = format!(
            "anon 104857600\nfile 73400320\nkernel 8388608\ninactive_anon 0\nactive_anon 104857600\n\
             inactive_file {}\nactive_file 20971520\nunevictable 0\n",
            50 * MIB
        );
        self.file(&format!("{folder}/memory.max"), &format!("{max}\n"))
            .file(&format!("{folder}/memory.current"), &format!("{}\n", current_mib * MIB))
            .file(&format!("{folder}/memory.stat"), &stat)
    }

    /// Adds a cgroup of version 1 in `/sys/fs/cgroup/memory`, whose inactive files have 50 MiB.
    fn v1(self, path: &str, limit: u64, hierarchical: u64, usage_mib: u64) -> Self {
        let folder = format!("sys/fs/cgroup/memory{path}");
        let stat = format!(
            "cache 249540608\nrss 2428928\ninactive_file 4096\nactive_file 85409792\n\
             hierarchical_memory_limit {hierarchical}\nhierarchical_memsw_limit {UNLIMITED}\n\
             total_cache 249540608\ntotal_inactive_file {}\ntotal_active_file 85409792\n",
            50 * MIB
        );
        self.file(&format!("{folder}/memory.limit_in_bytes"), &format!("{limit}\n"))
            .file(&format!("{folder}/memory.usage_in_bytes"), &format!("{}\n", usage_mib * MIB))
            .file(&format!("{folder}/memory.stat"), &stat)
    }

    /// Adds the link that has the number of the cgroup namespace.
    fn in_namespace(self, number: u32) -> Self {
        let folder = self.0.join("proc/self/ns");
        fs::create_dir_all(&folder).unwrap();
        symlink(format!("cgroup:[{number}]"), folder.join("cgroup")).unwrap();
        self
    }

    fn read(&self) -> Result<Memory, String> {
        Memory::read(&self.0)
    }

    #[track_caller]
    fn assert_limited_by(&self, cgroup: &str, used_mib: u64, limit_mib: u64) {
        let expected = Memory {
            used_bytes: used_mib * MIB,
            limit_bytes: limit_mib * MIB,
            limited_by: LimitedBy::Cgroup(cgroup.to_owned()),
        };
        assert_eq!(self.read(), Ok(expected));
    }

    #[track_caller]
    fn assert_limited_by_host(&self) {
        let expected = Memory {
            used_bytes: 6_000 * MIB,
            limit_bytes: 16_000 * MIB,
            limited_by: LimitedBy::Host,
        };
        assert_eq!(self.read(), Ok(expected));
    }

    #[track_caller]
    fn assert_error(&self, expected: &str) {
        let error = self.read().unwrap_err();
        let root = self.0.display().to_string();
        assert_eq!(error.replace(&root, ""), expected);
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn mib(mib: u64) -> String {
    (mib * MIB).to_string()
}

#[test]
fn a_container_with_a_cgroup_namespace_sees_its_cgroup_as_the_root() {
    let mountinfo = "\
1594 1593 0:31 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,nsdelegate
";
    let root = Root::new("0::/\n", mountinfo).v2("", &mib(512), 462);
    root.assert_limited_by("/", 412, 512);
}

#[test]
fn a_pod_can_be_closer_to_its_limit_than_the_container() {
    let pod = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod2f.slice";
    let container = format!("{pod}/cri-containerd-0f.scope");
    let root = || {
        Root::new(&format!("0::{container}\n"), V2_MOUNT)
            .v2("/kubepods.slice", &mib(14_000), 4_050)
            .v2("/kubepods.slice/kubepods-burstable.slice", "max", 4_050)
            .v2(&container, &mib(512), 150)
    };
    root().v2(pod, &mib(600), 620).assert_limited_by(pod, 570, 600);
    root().v2(pod, &mib(600), 150).assert_limited_by("/kubepods.slice", 4_000, 14_000);
    root()
        .v2(pod, "max", 620)
        .v2(&container, &mib(512), 550)
        .assert_limited_by(&container, 500, 512);
}

#[test]
fn of_cgroups_that_are_equally_full_the_own_one_is_reported() {
    let root = Root::new("0::/pod/container\n", V2_MOUNT).v2("/pod", &mib(512), 450).v2(
        "/pod/container",
        &mib(512),
        450,
    );
    root.assert_limited_by("/pod/container", 400, 512);
}

#[test]
fn the_limit_of_a_systemd_unit_or_of_its_slice_counts() {
    let unit = "/system.slice/orders.service";
    let root = || Root::new(&format!("0::{unit}\n"), V2_MOUNT).file("sys/fs/cgroup/cpu.stat", "");
    root()
        .v2("/system.slice", "max", 3_000)
        .v2(unit, &mib(1_000), 850)
        .assert_limited_by(unit, 800, 1_000);
    root().v2("/system.slice", &mib(4_000), 3_050).v2(unit, "max", 850).assert_limited_by(
        "/system.slice",
        3_000,
        4_000,
    );
}

#[test]
fn a_cgroup_without_the_memory_controller_is_limited_by_the_one_around_it() {
    let root = Root::new("0::/user.slice/app/worker\n", V2_MOUNT)
        .v2("/user.slice", &mib(1_000), 550)
        .file("sys/fs/cgroup/user.slice/app/worker/cgroup.procs", "");
    root.assert_limited_by("/user.slice", 500, 1_000);
}

#[test]
fn the_host_counts_if_there_is_no_lower_limit() {
    let unit = "/system.slice/orders.service";
    let cgroup = format!("0::{unit}\n");
    let root = || Root::new(&cgroup, V2_MOUNT);
    root().v2("/system.slice", "max", 900).v2(unit, "max", 850).assert_limited_by_host();
    root().v2(unit, &mib(16_000), 850).assert_limited_by_host();
    // The root of the hierarchy has no `memory.max`.
    Root::new("0::/\n", V2_MOUNT).file("sys/fs/cgroup/cpu.stat", "").assert_limited_by_host();
    // A kernel whose memory controller is off.
    root().file(&format!("sys/fs/cgroup{unit}/cgroup.procs"), "").assert_limited_by_host();
    // A system that mounts no hierarchy, and a kernel without cgroups.
    Root::new("0::/\n", "").assert_limited_by_host();
    Root::new("0::/\n", "").in_namespace(4_026_531_835).assert_limited_by_host();
    Root::new("", "").assert_limited_by_host();
}

#[test]
fn a_container_of_version_1_has_its_own_cgroup_at_the_mount_point() {
    let cgroup = "\
12:cpu,cpuacct:/docker/0f3a
5:memory:/docker/0f3a
1:name=systemd:/docker/0f3a
0::/system.slice/containerd.service
";
    let mountinfo = "\
1200 1199 0:30 /docker/0f3a /sys/fs/cgroup/cpu,cpuacct ro,relatime master:15 - cgroup cgroup rw,cpu,cpuacct
1201 1199 0:33 /docker/0f3a /sys/fs/cgroup/memory ro,relatime master:17 - cgroup cgroup rw,memory
";
    let root = || Root::new(cgroup, mountinfo);
    root().v1("", 512 * MIB, 512 * MIB, 462).assert_limited_by("/docker/0f3a", 412, 512);
    // The limit of its pod, whose cgroup is not mounted in the container.
    root().v1("", UNLIMITED, 400 * MIB, 362).assert_limited_by("/docker/0f3a", 312, 400);
    root().v1("", UNLIMITED, UNLIMITED, 462).assert_limited_by_host();
}

#[test]
fn nested_cgroups_of_version_1_count_with_what_is_around_them() {
    let mountinfo = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n";
    let root = Root::new("4:memory:/slice/pod/container\n", mountinfo)
        .v1("", UNLIMITED, UNLIMITED, 5_000)
        .v1("/slice", UNLIMITED, UNLIMITED, 4_000)
        .v1("/slice/pod", 600 * MIB, 600 * MIB, 630)
        .v1("/slice/pod/container", UNLIMITED, 600 * MIB, 150);
    root.assert_limited_by("/slice/pod", 580, 600);
}

#[test]
fn in_a_hybrid_hierarchy_version_1_has_the_memory() {
    let cgroup = "\
9:name=systemd:/
4:memory:/process_api/4995
3:cpuset:/
0::/process_api/4995
";
    let mountinfo = "\
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
";
    let root = Root::new(cgroup, mountinfo)
        .file("sys/fs/cgroup/unified/process_api/4995/cgroup.procs", "")
        .v1("/process_api", UNLIMITED, UNLIMITED, 3_000)
        .v1("/process_api/4995", 1_000 * MIB, 1_000 * MIB, 950);
    root.assert_limited_by("/process_api/4995", 900, 1_000);
}

#[test]
fn a_second_mount_of_the_hierarchy_can_have_the_cgroup() {
    let mountinfo = "\
50 31 0:27 /other /mnt/other ro - cgroup2 cgroup2 rw
51 31 0:27 / /host/sys/fs/cgroup ro - cgroup2 cgroup2 rw
52 31 0:27 / /sys/fs/cgroup ro - cgroup2 cgroup2 rw
";
    let root = Root::new("0::/orders.service\n", mountinfo).v2("/orders.service", &mib(512), 462);
    root.assert_limited_by("/orders.service", 412, 512);
}

#[test]
fn a_cgroup_that_is_not_visible_is_an_error() {
    let error = |path: &str| {
        format!(
            "the limit is unknown, since no mounted cgroup hierarchy has this process's cgroup \
             `{path}`; mount the hierarchy at /sys/fs/cgroup, as containers have it"
        )
    };
    Root::new("0::/orders.service\n", "").assert_error(&error("/orders.service"));
    // A container without the hierarchy, whose cgroup is the root of its namespace.
    Root::new("0::/\n", "").in_namespace(4_026_532_490).assert_error(&error("/"));
    Root::new("4:memory:/\n", "").in_namespace(4_026_532_490).assert_error(&error("/"));
    // The process was moved out of its cgroup namespace.
    Root::new("0::/../other\n", V2_MOUNT)
        .v2("", &mib(512), 462)
        .v2("/other", &mib(512), 462)
        .assert_error(&error("/../other"));
    // The hierarchy was mounted before the process entered a cgroup namespace.
    let mountinfo = "31 24 0:27 /../.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
    Root::new("0::/\n", mountinfo).v2("", &mib(512), 462).assert_error(&error("/"));
}

#[test]
fn paths_need_not_be_utf8() {
    let root = Root::new("0::/orders.service\n", V2_MOUNT).v2("/orders.service", &mib(512), 462);
    let path = root.0.join("proc/self/mountinfo");
    let mut mountinfo = b"30 24 0:26 / /mnt/\xff rw - ext4 /dev/sdb1 rw\n".to_vec();
    mountinfo.extend(fs::read(&path).unwrap());
    fs::write(&path, mountinfo).unwrap();
    root.assert_limited_by("/orders.service", 412, 512);
}

#[test]
fn a_file_that_cannot_be_used_is_an_error_with_its_path() {
    let root = || Root::new("0::/\n", V2_MOUNT);
    root()
        .v2("", "plenty", 100)
        .assert_error("/sys/fs/cgroup/memory.max must contain a number, not \"plenty\"");
    root()
        .v2("", &mib(512), 100)
        .file("sys/fs/cgroup/memory.stat", "anon 1\n")
        .assert_error("/sys/fs/cgroup/memory.stat has no number for `inactive_file`");
    root()
        .file("sys/fs/cgroup/memory.max", "1048576\n")
        .assert_error("/sys/fs/cgroup/memory.current: No such file or directory (os error 2)");
    root()
        .file("sys/fs/cgroup/cpu.stat", "")
        .file("proc/meminfo", "MemTotal: 1 kB\n")
        .assert_error("/proc/meminfo has no number for `MemAvailable`");
}
