//! Where the cgroup hierarchies are mounted, from `/proc/self/mountinfo`.
//!
//! A line is `32 24 0:28 ROOT MOUNT_POINT rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate`:
//! what of a file system is mounted where, any number of optional fields, and after the `-` its
//! type, source and options.

use std::path::PathBuf;

/// What of a hierarchy is mounted where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CgroupMount {
    pub(super) hierarchy: Hierarchy,
    /// The cgroup that is at the mount point.
    pub(super) cgroup: String,
    pub(super) mount_point: PathBuf,
}

/// A hierarchy that can limit memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hierarchy {
    /// That of version 1 with the controller `memory`.
    MemoryV1,
    V2,
}

/// Returns the mounts of the hierarchies that can limit memory, in the order of the file.
pub(super) fn cgroup_mounts(mountinfo: &str) -> Vec<CgroupMount> {
    mountinfo.lines().filter_map(cgroup_mount).collect()
}

fn cgroup_mount(line: &str) -> Option<CgroupMount> {
    let (mount, file_system) = line.split_once(" - ")?;
    let mut file_system = file_system.split(' ');
    let hierarchy = match file_system.next()? {
        "cgroup2" => Hierarchy::V2,
        "cgroup" => {
            let options = file_system.nth(1)?;
            options.split(',').any(|option| option == "memory").then_some(Hierarchy::MemoryV1)?
        }
        _ => return None,
    };
    let mut fields = mount.split(' ').skip(3);
    let cgroup = unescaped(fields.next()?);
    let mount_point = PathBuf::from(unescaped(fields.next()?));
    Some(CgroupMount { hierarchy, cgroup, mount_point })
}

/// Replaces the octal escapes of white space and `\`, such as `\040`.
fn unescaped(field: &str) -> String {
    let mut parts = field.split('\\');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let escaped = part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        text.push(escaped.map_or('\\', char::from));
        text.push_str(if escaped.is_some() { &part[3..] } else { part });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(hierarchy: Hierarchy, cgroup: &str, mount_point: &str) -> CgroupMount {
        let (cgroup, mount_point) = (cgroup.to_owned(), mount_point.into());
        CgroupMount { hierarchy, cgroup, mount_point }
    }

    #[test]
    fn only_hierarchies_that_can_limit_memory_count() {
        let mountinfo = "\
22 27 0:21 / /proc rw,relatime - proc proc rw
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
33 31 0:30 /docker/0f /sys/fs/cgroup/memory ro,nosuid master:17 - cgroup cgroup rw,memory
34 31 0:31 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=memory
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:4 master:1 - cgroup2 cgroup2 rw
";
        let expected = [
            mount(Hierarchy::MemoryV1, "/docker/0f", "/sys/fs/cgroup/memory"),
            mount(Hierarchy::V2, "/", "/sys/fs/cgroup/unified"),
        ];
        assert_eq!(cgroup_mounts(mountinfo), expected);
    }

    #[test]
    fn white_space_in_paths_is_unescaped() {
        let mountinfo = r"41 31 0:38 /a\040b /mnt/c\011d\134e\0 rw - cgroup2 cgroup2 rw";
        let expected = [mount(Hierarchy::V2, "/a b", "/mnt/c\td\\e\\0")];
        assert_eq!(cgroup_mounts(mountinfo), expected);
    }

    #[test]
    fn other_lines_are_skipped() {
        for line in ["", "-", " - ", "1 2 3 - cgroup2", "1 2 3 / / rw - cgroup", "a - cgroup2 x y"]
        {
            assert_eq!(cgroup_mounts(line), []);
        }
    }
}
