# A temporary folder, and functions that start servers and wait until they answer. To be sourced.
# The folder and the servers are gone when the script has ended, however it ends.

folder=$(mktemp -d)
servers=()
clean_up() {
    stop_servers 2>/dev/null || true
    rm -rf "$folder"
}
trap clean_up EXIT
# After these signals, EXIT follows.
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# start_server NAME ANSWERS COMMAND...
# Starts a server that writes to `$folder/NAME.log`. Fails if it ends, or if the function ANSWERS
# does not succeed within ten seconds.
start_server() {
    local log=$folder/$1.log answers=$2 pid
    shift 2
    # ANSWERS may read it before the server has started.
    : >"$log"
    # The server ends with this script even if the script is killed outright.
    setpriv --pdeathsig TERM "$@" >"$log" 2>&1 &
    pid=$!
    servers+=("$pid")
    for _ in {1..200}; do
        kill -0 "$pid" 2>/dev/null || return 1
        if "$answers"; then return; fi
        sleep 0.05
    done
    return 1
}

# Stops all servers, and kills those that have not ended after five seconds.
stop_servers() {
    kill "${servers[@]}"
    for _ in {1..50}; do
        kill -0 "${servers[@]}" || return 0
        sleep 0.1
    done
    # They may have ended just now.
    kill -KILL "${servers[@]}" || true
}

# on_free_port NAME COMMAND...
# Runs a command that starts a server, with `$port` set, until it succeeds with one. The kernel gives
# none of these ports to clients, so a server that stops can have its port again.
on_free_port() {
    local log=$folder/$1.log
    shift
    for _ in {1..10}; do
        port=$((20000 + RANDOM % 12000))
        if "$@"; then return; fi
    done
    cat "$log" >&2
    exit 1
}
