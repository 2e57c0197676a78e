"""Prints the queries of the dashboard's panels and variables, each followed by a NUL."""

import json
import re
from pathlib import Path

VARIABLES = {"$job": "shop", "$instance": ".*", "$__rate_interval": "1m"}

dashboard = json.loads(Path("examples/deploy/grafana/dashboard.json").read_text())
queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
for variable in dashboard["templating"]["list"]:
    if variable["type"] == "query":
        series, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
        queries.append(f"group by ({label}) ({series})")
for query in queries:
    for variable, value in VARIABLES.items():
        query = query.replace(variable, value)
    print(query, end="\0")
