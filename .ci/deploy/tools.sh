# The programs that examples/deploy configures, and the Python packages that check its files. Source this
# in the repository's folder.
#
#   "${with_tools[@]}" COMMAND...  runs a command that finds the programs
#   "${alertmanager[@]}", "${varnishd[@]}"  Alertmanager and Varnish, as such a command
#   $deploy_python                 a Python with the packages
#
# Programs that are not installed are unpacked from Debian's packages into the target folder, which also
# has the Python.
source .ci/packages.sh
source .ci/servers.sh

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
deploy=$PWD/examples/deploy

deploy_packages=(kubernetes-validate==1.37.0 python-hcl2==8.1.4 'grafana-foundation-sdk==1769699998!10.1.0')

missing=()
command -v curl >/dev/null || missing+=(curl)
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3 python3-venv)
# Varnish compiles its configuration.
command -v gcc >/dev/null || missing+=(gcc libc6-dev)
if [ ${#missing[@]} -gt 0 ]; then install_packages "${missing[@]}"; fi

# Some programs are not in a user's PATH.
PATH=$PATH:/usr/sbin:/usr/lib/nagios/plugins
with_tools=(env)
alertmanager=(prometheus-alertmanager)
varnishd=(varnishd)
if ! command -v prometheus promtool prometheus-alertmanager amtool haproxy varnishd nginx wrk check_http |
    awk 'END { exit NR < 9 }'; then
    unpacked=$target/debian/deploy
    if [ ! -d "$unpacked" ]; then
        unpack_packages "$unpacked" prometheus prometheus-alertmanager haproxy varnish nginx-light wrk monitoring-plugins-basic
    fi
    with_tools+=("LD_LIBRARY_PATH=$(unpacked_libraries "$unpacked")"
        "PATH=$unpacked/usr/bin:$unpacked/usr/sbin:$unpacked/usr/lib/nagios/plugins:$PATH")
    # Alertmanager reads templates from /usr/share, so that of the packages is mounted over it. Without
    # root, this needs a user namespace.
    alertmanager=(unshare --mount)
    if [ "$(id -u)" -ne 0 ]; then alertmanager+=(--map-root-user); fi
    if "${alertmanager[@]}" true 2>/dev/null; then
        alertmanager+=(sh -c 'mount --bind "$0" /usr/share && exec "$@"' "$unpacked/usr/share" prometheus-alertmanager)
    else
        install_packages prometheus-alertmanager
        alertmanager=(prometheus-alertmanager)
    fi
    varnishd+=(-p vmod_path="$(echo "$unpacked"/usr/lib/*/varnish/vmods)")
fi

deploy_python=$target/deploy-python/bin/python
has_deploy_packages() {
    "$deploy_python" - "${deploy_packages[@]}" 2>/dev/null <<'PYTHON'
import importlib.metadata, sys
import grafana_foundation_sdk, hcl2, kubernetes_validate
for package in sys.argv[1:]:
    name, version = package.split("==")
    assert importlib.metadata.version(name) == version
PYTHON
}
if ! has_deploy_packages; then
    python3 -m venv --clear "$target/deploy-python"
    "$deploy_python" -m pip install --quiet --disable-pip-version-check "${deploy_packages[@]}"
    has_deploy_packages
fi

# Builds the examples and the program panopticon with the options of the tests, so that nothing is built
# after a test run.
build_examples() {
    cargo test --quiet --all-features --no-run --test shop --test worker --test it
}

# adapt FILE [TEXT REPLACEMENT]...
# Prints a file with texts replaced, each of which must occur in it.
adapt() {
    local text file=$1
    text=$(<"$file")
    shift
    while [ $# -gt 0 ]; do
        if [[ "$text" != *"$1"* ]]; then
            echo "$file no longer has the text that ${0##*/} replaces: $1" >&2
            exit 1
        fi
        text=${text//"$1"/"$2"}
        shift 2
    done
    printf '%s\n' "$text"
}

# adapt_nginx [TEXT REPLACEMENT]...
# Writes the configuration of nginx to `$folder/nginx.conf`, with folders in place of those that the Debian
# package creates.
adapt_nginx() {
    mkdir -p "$folder/nginx"
    adapt "$deploy/nginx.conf" 'http {' "pid $folder/nginx/pid;
http {
    access_log off;
    $(printf "%s_temp_path $folder/nginx/%s; " client_body{,} proxy{,} fastcgi{,} uwsgi{,} scgi{,})" "$@" >"$folder/nginx.conf"
    nginx=(nginx -c "$folder/nginx.conf" -p "$folder/nginx" -g 'daemon off; error_log stderr;')
}

# eventually WHAT COMMAND...
# Repeats a command until it succeeds, for two minutes at most.
eventually() {
    local what=$1 until=$((SECONDS + 120))
    shift
    until "$@"; do
        if ((SECONDS > until)); then
            echo "not within two minutes: $what" >&2
            tail -n 20 "$folder"/*.log >&2
            exit 1
        fi
        sleep 0.2
    done
    echo "$what (after $SECONDS s)"
}

# start_shop NAME PORT [VARIABLE=VALUE...]
# Starts a shop on this port, and leaves its process id in `$pid`.
start_shop() {
    local name=$1 address=127.0.0.1:$2
    shift 2
    is_open() { grep -q "^the shop is open: http://$address/" "$folder/$name.log"; }
    start_server "$name" is_open env "BIND=$address" "$@" "$target/debug/shop" || return 1
    pid=${servers[-1]}
}

status_of() { curl --silent --output /dev/null --max-time 10 --write-out '%{http_code}' "$@"; }
