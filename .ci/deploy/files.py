"""Checks the files of programs that Debian does not have: Kubernetes, Consul and Grafana.

    python files.py FOLDER

Writes the Prometheus configuration shown in the documentation to a folder, for promtool.
"""

import itertools
import json
import re
import sys
from pathlib import Path

import grafana_foundation_sdk.cog.plugins
import hcl2
import kubernetes_validate
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

DEPLOY = Path("examples/deploy")
KUBERNETES = "1.37"
problems = []


def deployment(fragment):
    """Completes a part of a manifest to a Deployment."""
    if "apiVersion" in fragment:
        return fragment
    if "spec" in fragment:
        pod = fragment["spec"]
    else:
        pod = {"containers": [{"name": "service", "image": "service", **fragment}]}
    labels = {"app": "service"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "service"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def documented():
    """The YAML in the documentation; build output is not searched."""
    pages = itertools.chain(
        Path().glob("*.md"), Path("examples").rglob("*.md"), Path("panopticon/src").rglob("*.md")
    )
    for page in sorted(pages):
        for block in re.findall(r"^```yaml\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE):
            yield page, block, yaml.safe_load(block)


def is_prometheus(fragment):
    return bool({"groups", "scrape_configs"} & fragment.keys())


def manifests():
    for path in sorted(DEPLOY.glob("kubernetes/*.yaml")):
        for manifest in yaml.safe_load_all(path.read_text()):
            yield path, manifest
    for page, _, fragment in documented():
        if not is_prometheus(fragment):
            yield page, deployment(fragment)


def write_prometheus(folder):
    for number, (_, block, fragment) in enumerate(documented()):
        if is_prometheus(fragment):
            kind = "rules" if "groups" in fragment else "config"
            (folder / f"documented-{number}.{kind}.yml").write_text(block)


def seconds(text):
    return int(text.removesuffix("s"))


def check_times(path, pod):
    """Checks that the times of a pod fit each other, if it says how long it drains."""
    for container in pod["containers"]:
        environment = {variable["name"]: variable.get("value") for variable in container.get("env", [])}
        readiness = container.get("readinessProbe", {})
        if "PANOPTICON_REPORT_TIMEOUT" in environment:
            limit = seconds(environment["PANOPTICON_REPORT_TIMEOUT"])
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                if container.get(probe, {}).get("timeoutSeconds", 1) <= limit:
                    problems.append(f"{path}: {probe} gives up before the report's own timeout")
        if "GRACE" in environment:
            grace = int(environment["GRACE"])
            # While it drains, it answers at once.
            until_out = readiness["periodSeconds"] * readiness["failureThreshold"]
            if grace <= until_out:
                problems.append(f"{path}: GRACE is {grace} s, but readiness takes {until_out} s to fail")
            if pod["terminationGracePeriodSeconds"] <= grace + 15:
                problems.append(f"{path}: the pod is killed before the shop has ended")


def check_manifests():
    count = 0
    for path, manifest in manifests():
        count += 1
        try:
            kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
        except kubernetes_validate.ValidationError as error:
            problems.append(f"{path}: {error.message} at {'.'.join(map(str, error.path))}")
            continue
        if manifest["kind"] == "Deployment":
            check_times(path, manifest["spec"]["template"]["spec"])
    print(f"{count} Kubernetes manifests")


def check_consul():
    with (DEPLOY / "consul.hcl").open() as file:
        services = hcl2.load(file)["services"]
    for service in services:
        for check in service["check"]:
            if not ({"http", "args"} & check.keys() and {"id", "interval", "timeout"} <= check.keys()):
                problems.append(f"consul.hcl: not a check: {check}")
    print(f"{len(services)} Consul services")


def check_dashboard():
    """Reads the dashboard with Grafana's own types, which drop unknown keys."""
    written = json.loads((DEPLOY / "grafana/dashboard.json").read_text())
    grafana_foundation_sdk.cog.plugins.register_default_plugins()
    read = json.loads(JSONEncoder().encode(Dashboard.from_json(written)))

    def compare(path, ours, theirs):
        if isinstance(ours, dict) and isinstance(theirs, dict):
            for key in ours:
                compare(f"{path}.{key}", ours[key], theirs.get(key))
        elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
            for index, (our, their) in enumerate(zip(ours, theirs)):
                compare(f"{path}[{index}]", our, their)
        elif ours != theirs:
            problems.append(f"dashboard.json: Grafana reads {path} as {theirs!r}, not {ours!r}")

    compare("dashboard", written, read)
    print(f"{len(written['panels'])} panels")


write_prometheus(Path(sys.argv[1]))
check_manifests()
check_consul()
check_dashboard()
if problems:
    sys.exit("\n".join(problems))
