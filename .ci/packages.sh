# Functions for scripts that need programs that a machine may not have. To be sourced.

# Installs Debian packages, which takes root.
install_packages() {
    needs_debian "$@"
    {
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
    } >/dev/null
}

# Unpacks Debian packages into a folder, with what they depend on that is not installed. Installing
# a server would also add users to the machine, and services that start with it.
unpack_packages() {
    local folder=$1 partial=$1.partial
    shift
    needs_debian "$@"
    rm -rf "$partial"
    mkdir -p "$partial/packages/partial"
    apt-get update -qq || echo "${0##*/}: continuing with the existing package lists" >&2
    apt-get install -y -qq --no-install-recommends --download-only --reinstall --allow-downgrades \
        -o Dir::Cache::archives="$partial/packages" -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=true \
        "$@" >/dev/null
    for package in "$partial"/packages/*.deb; do dpkg-deb --extract "$package" "$partial/unpacked"; done
    mv "$partial/unpacked" "$folder"
    rm -r "$partial"
}

# Prints where unpacked shared libraries are, in the form of LD_LIBRARY_PATH.
unpacked_libraries() {
    find "$1" -name 'lib*.so.*' -printf '%h\n' | sort -u | paste -sd :
}

# find_postgres ROOT
# Prints the folder of PostgreSQL's programs, in the root folder of installed or unpacked packages. Debian
# keeps the programs of each version in a folder of their own, outside PATH.
find_postgres() {
    local pg_ctl
    pg_ctl=$(find "$1"/usr/lib/postgresql/*/bin/pg_ctl 2>/dev/null | sort -V | tail -n 1)
    [ -n "$pg_ctl" ] || pg_ctl=$(command -v pg_ctl) || return 1
    dirname "$pg_ctl"
}

needs_debian() {
    if ! command -v apt-get >/dev/null; then
        echo "${0##*/}: this machine does not run Debian; install what Debian calls $*" >&2
        exit 1
    fi
}
