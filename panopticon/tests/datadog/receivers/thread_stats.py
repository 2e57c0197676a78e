"""Makes the calls of standard input with ThreadStats, Datadog's client that posts to its API.

A line is a call as `call.rs` describes it. The arguments are the time of all of them, the namespace
and the constant tags. What ThreadStats has rolled up is printed, a metric a line, and not posted.
"""

import json
import sys

from datadog.threadstats import ThreadStats
from datadog.threadstats.reporters import Reporter


class Printer(Reporter):
    def flush_metrics(self, metrics):
        for metric in metrics:
            print(json.dumps(metric))

    flush_distributions = flush_metrics


time, namespace, *constant_tags = sys.argv[1:]
client = ThreadStats(namespace=namespace, constant_tags=constant_tags)
client.start(flush_in_thread=False)
client.reporter = Printer()

for line in sys.stdin:
    arguments = json.loads(line)
    method = getattr(client, arguments.pop("call"))
    tags = [f"{key}:{value}" for key, value in arguments.pop("tags", [])]
    method(arguments["name"], arguments["value"], timestamp=int(time), tags=tags)

client.flush(float("inf"))
