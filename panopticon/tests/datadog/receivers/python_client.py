"""Makes the calls from standard input with Datadog's own client.

Each line is a call, described in `call.rs`. The arguments are `single` or `aggregated`, the Agent's port,
the namespace and the constant tags. Single calls are in a packet each. Aggregated ones are flushed at
the end.
"""

import json
import sys

from datadog.dogstatsd import DogStatsd

mode, port, namespace, *constant_tags = sys.argv[1:]
client = DogStatsd(
    host="127.0.0.1",
    port=int(port),
    namespace=namespace,
    constant_tags=constant_tags,
    disable_telemetry=True,
    disable_aggregation=mode == "single",
    # More packets than the Agent's buffer holds would be lost.
    disable_buffering=mode == "single",
    flush_interval=60,
    # Our client identifies its container by the tag of `DD_ENTITY_ID` instead.
    origin_detection_enabled=False,
)

for line in sys.stdin:
    arguments = json.loads(line)
    method = arguments.pop("call")
    if "tags" in arguments:
        arguments["tags"] = [f"{key}:{value}" for key, value in arguments["tags"]]
    if "name" in arguments:
        name = arguments.pop("name")
        if method == "service_check":
            arguments["check_name"] = name
        else:
            arguments["metric"] = name
    if method != "set" and isinstance(arguments.get("value"), str):
        arguments["value"] = float(arguments["value"])
    getattr(client, method)(**arguments)

client.flush_aggregated_metrics()
client.flush()
