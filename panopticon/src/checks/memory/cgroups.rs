//! The memory limits of the cgroups that this process is in: its own, and those around it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use super::mount_info::{CgroupMount, Hierarchy, cgroup_mounts};
use crate::checks::measurement::proc_file::{number, read, read_if_exists};

/// A cgroup with a limit of memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LimitedCgroup {
    /// The path in its hierarchy, as this process sees it.
    pub(super) cgroup: String,
    pub(super) limit_bytes: u64,
    /// What the kubelet calls the working set: the memory that is used, without files that the
    /// kernel can drop from its cache at once.
    pub(super) working_set_bytes: u64,
}

/// Reads the cgroups that have a limit, from this process's own to the outermost that it can see.
/// They are empty if there are no cgroups.
pub(super) fn limited_cgroups(root: &Path) -> Result<Vec<LimitedCgroup>, String> {
    let Some(own) = own_cgroup(root)? else { return Ok(Vec::new()) };
    let mut mounts = cgroup_mounts(&read(&root.join("proc/self/mountinfo"))?);
    mounts.retain(|mount| mount.hierarchy == own.hierarchy);
    if mounts.is_empty() && own.path == "/" && !has_cgroup_namespace(root)? {
        // A system that uses no cgroups, and so has no limits.
        return Ok(Vec::new());
    }
    let Some(levels) = mounts.iter().find_map(|mount| own.levels(root, mount)) else {
        return Err(format!(
            "the limit is unknown, since no mounted cgroup hierarchy has this process's cgroup `{}`; \
             mount the hierarchy at /sys/fs/cgroup, as containers have it",
            own.path
        ));
    };
    let mut limited = Vec::new();
    for level in levels {
        limited.extend(match own.hierarchy {
            Hierarchy::V2 => level.read_v2()?,
            Hierarchy::MemoryV1 => level.read_v1()?,
        });
    }
    Ok(limited)
}

/// Returns whether this process is in a cgroup namespace, as in a container. Its own cgroup is then
/// `/`, whatever limits it has.
fn has_cgroup_namespace(root: &Path) -> Result<bool, String> {
    // The number of the first namespace is the same on each machine (`PROC_CGROUP_INIT_INO`).
    const FIRST: &str = "cgroup:[4026531835]";
    let path = root.join("proc/self/ns/cgroup");
    match fs::read_link(&path) {
        Ok(namespace) => Ok(namespace != Path::new(FIRST)),
        // The kernel has none.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

/// The cgroup of this process.
#[derive(Debug, PartialEq, Eq)]
struct OwnCgroup {
    hierarchy: Hierarchy,
    path: String,
}

/// Reads which cgroup this process is in, if the kernel has any. If the controller `memory` is in a
/// hierarchy of version 1, version 2 cannot have it.
fn own_cgroup(root: &Path) -> Result<Option<OwnCgroup>, String> {
    let content = read_if_exists(&root.join("proc/self/cgroup"))?.unwrap_or_default();
    let mut own = None;
    for line in content.lines() {
        // Such as `4:memory:/docker/0f`, and `0::/system.slice/orders.service` for version 2.
        let mut fields = line.splitn(3, ':');
        let (Some(id), Some(controllers), Some(path)) =
            (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let path = path.to_owned();
        if controllers.split(',').any(|it| it == "memory") {
            return Ok(Some(OwnCgroup { hierarchy: Hierarchy::MemoryV1, path }));
        }
        if id == "0" && controllers.is_empty() {
            own = Some(OwnCgroup { hierarchy: Hierarchy::V2, path });
        }
    }
    Ok(own)
}

impl OwnCgroup {
    /// Returns the folders of this cgroup and of those around it, if this mount has it.
    fn levels(&self, root: &Path, mount: &CgroupMount) -> Option<Vec<Level>> {
        let top = Path::new(&mount.cgroup);
        let below = Path::new(&self.path).strip_prefix(top).ok()?;
        // With `..`, it would be outside of this process's cgroup namespace.
        if below.components().any(|part| part == Component::ParentDir) {
            return None;
        }
        let mount_point = root.join(mount.mount_point.strip_prefix("/").ok()?);
        let level = |below: &Path| Level {
            // Without the `/` at the end that joining nothing would add.
            cgroup: top.join(below).components().as_path().display().to_string(),
            folder: mount_point.join(below),
        };
        let levels: Vec<_> = below.ancestors().map(level).collect();
        levels[0].folder.is_dir().then_some(levels)
    }
}

/// A cgroup, and the folder with its files.
struct Level {
    cgroup: String,
    folder: PathBuf,
}

impl Level {
    fn read_v2(self) -> Result<Option<LimitedCgroup>, String> {
        let path = self.folder.join("memory.max");
        // The outermost cgroup has no limit, nor has one without the controller.
        let Some(limit) = read_if_exists(&path)? else { return Ok(None) };
        if limit.trim() == "max" {
            return Ok(None);
        }
        let limit_bytes = parse(&limit, &path)?;
        self.limited(limit_bytes, "memory.current", "inactive_file").map(Some)
    }

    fn read_v1(self) -> Result<Option<LimitedCgroup>, String> {
        let path = self.folder.join("memory.limit_in_bytes");
        let Some(limit) = read_if_exists(&path)? else { return Ok(None) };
        let own_limit = parse(&limit, &path)?;
        // The least of this cgroup and of all around it, also of those that are not mounted here.
        let path = self.folder.join("memory.stat");
        let hierarchical = number(&read(&path)?, &path, "hierarchical_memory_limit")?;
        // Without a limit, it is the largest number of pages.
        let limit_bytes = own_limit.min(hierarchical);
        self.limited(limit_bytes, "memory.usage_in_bytes", "total_inactive_file").map(Some)
    }

    fn limited(
        self,
        limit_bytes: u64,
        usage_file: &str,
        inactive_key: &str,
    ) -> Result<LimitedCgroup, String> {
        let path = self.folder.join(usage_file);
        let usage = parse(&read(&path)?, &path)?;
        let path = self.folder.join("memory.stat");
        let inactive = number(&read(&path)?, &path, inactive_key)?;
        let working_set_bytes = usage.saturating_sub(inactive);
        Ok(LimitedCgroup { cgroup: self.cgroup, limit_bytes, working_set_bytes })
    }
}

fn parse(content: &str, path: &Path) -> Result<u64, String> {
    let content = content.trim();
    content
        .parse()
        .map_err(|_| format!("{} must contain a number, not {content:?}", path.display()))
}
