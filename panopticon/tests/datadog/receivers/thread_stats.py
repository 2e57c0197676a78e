"""Makes the calls from standard input with ThreadStats, Datadog's client that posts to its API.

Each line is a call, described in `call.rs`. The arguments are the time of all calls, the namespace and
the constant tags. The rolled-up metrics are printed, one per line, instead of being posted.
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
