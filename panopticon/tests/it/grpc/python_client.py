"""The clients of gRPC's own project. Each line of standard input is a command; what is seen is printed."""

import json
import sys
import threading

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

ADDRESS = sys.argv[1]
SERVING = health_pb2.HealthCheckResponse.SERVING
status_name = health_pb2.HealthCheckResponse.ServingStatus.Name
health = health_pb2_grpc.HealthStub(grpc.insecure_channel(ADDRESS))


printing = threading.Lock()


def say(*words):
    # `print` writes each word on its own, and several threads call this.
    with printing:
        print(*words, flush=True)


def named(name):
    return health_pb2.HealthCheckRequest(service=name)


def check(name):
    try:
        say("check", name, status_name(health.Check(named(name), timeout=60).status))
    except grpc.RpcError as error:
        say("check", name, error.code().name)


def list_all(_):
    listed = health.List(health_pb2.HealthListRequest(), timeout=60).statuses
    say("list", *(f"{name}={status_name(listed[name].status)}" for name in sorted(listed)))


def watch(name):
    """Prints each status, and how the stream ends."""

    def read():
        try:
            for response in health.Watch(named(name)):
                say("watch", name, status_name(response.status))
            say("watch", name, "ended")
        except grpc.RpcError as error:
            say("watch", name, error.code().name)

    threading.Thread(target=read, daemon=True).start()


def probe(name):
    """Prints the exit code of grpc_health_probe, whose README and source say how it decides, with its timeouts
    of a second multiplied for busy machines."""
    with grpc.insecure_channel(ADDRESS, options=[("grpc.primary_user_agent", "grpc_health_probe")]) as channel:
        try:
            grpc.channel_ready_future(channel).result(timeout=60)
        except grpc.FutureTimeoutError:
            return say("probe", name, 2)
        try:
            response = health_pb2_grpc.HealthStub(channel).Check(named(name), timeout=60)
        except grpc.RpcError:
            return say("probe", name, 3)
        say("probe", name, 0 if response.status == SERVING else 4)


def balance(name):
    """Prints whether gRPC's own load balancing sends calls to the server: it watches the name."""
    config = {"loadBalancingConfig": [{"round_robin": {}}], "healthCheckConfig": {"serviceName": name}}
    channel = grpc.insecure_channel(ADDRESS, options=[("grpc.service_config", json.dumps(config))])
    last = None

    def see(connectivity):
        nonlocal last
        if connectivity in (grpc.ChannelConnectivity.READY, grpc.ChannelConnectivity.TRANSIENT_FAILURE):
            if connectivity != last:
                last = connectivity
                say("balance", name, connectivity.name)

    channel.subscribe(see, try_to_connect=True)
    channels.append(channel)


channels = []
commands = {"check": check, "list": list_all, "watch": watch, "probe": probe, "balance": balance}
for line in sys.stdin:
    command, _, name = line.rstrip("\n").partition(" ")
    commands[command](name)
