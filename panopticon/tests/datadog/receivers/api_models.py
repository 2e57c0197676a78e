"""Checks requests with the models of Datadog's own API client.

Each line of standard input is an object with a `path` and a `body`, as text; each line of standard
output is a result: `accepted`, or `rejected: ` and the reason. The client's model for a post to the
path checks the types and values of the body. This script also rejects unknown and duplicate properties,
nulls, values that a model excludes only in its documentation, and bodies that change when written
again.
"""

import importlib
import json
import pkgutil
import sys

import datadog_api_client.v1.api
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.api_client import Endpoint
from datadog_api_client.exceptions import OpenApiException
from datadog_api_client.model_utils import (
    ModelNormal,
    ModelSimple,
    UnparsedObject,
    data_to_dict,
    none_type,
    validate_and_convert_types,
)
from datadog_api_client.v1.model.distribution_point import DistributionPoint
from datadog_api_client.v1.model.series import Series

APIS = ["metrics_api.MetricsApi", "events_api.EventsApi", "service_checks_api.ServiceChecksApi"]


class Rejected(Exception):
    pass


def models():
    """Returns the model of each path's body."""
    found = {}
    client = ApiClient(Configuration())
    for api in APIS:
        module, name = api.split(".")
        api = getattr(importlib.import_module(f"datadog_api_client.v1.api.{module}"), name)(client)
        for endpoint in vars(api).values():
            if isinstance(endpoint, Endpoint) and endpoint.settings["http_method"] == "POST":
                found[endpoint.settings["endpoint_path"]] = endpoint.params_map["body"]["openapi_types"]
    return found


def object_of(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise Rejected(f"duplicate key among {names}")
    return dict(pairs)


def reject_constant(text):
    raise Rejected(f"{text} is not JSON")


def check(value, at):
    """Rejects what the models accept because a server may send it, though clients must not."""
    if isinstance(value, UnparsedObject):
        raise Rejected(f"{at} does not match its model")
    if isinstance(value, ModelNormal):
        known = value.openapi_types
        for name, inner in value._data_store.items():
            if name not in known:
                raise Rejected(f"{at} has the unknown property {name}")
            if inner is None and none_type not in known[name]:
                raise Rejected(f"{at}.{name} is null")
            check(inner, f"{at}.{name}")
    elif isinstance(value, ModelSimple):
        check(value.value, at)
        if value._unparsed:
            raise Rejected(f"{at} is not in {sorted(value.allowed_values)}")
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            check(inner, f"{at}[{position}]")
    elif value is None:
        raise Rejected(f"{at} is null")
    elif not isinstance(value, (str, int, float)):
        raise Rejected(f"{at} is a {type(value).__name__}")
    # What the models only document.
    if isinstance(value, Series):
        if value.get("type", "gauge") not in ("count", "gauge", "rate"):
            raise Rejected(f"{at}.type is {value.type}")
    if isinstance(value, DistributionPoint) and not isinstance(value.value[1], list):
        raise Rejected(f"{at}[1] is not a list")


def validate(request, models):
    path = request["path"]
    if path not in models:
        raise Rejected(f"the path {path} is unknown")
    body = json.loads(request["body"], object_pairs_hook=object_of, parse_constant=reject_constant)
    try:
        model = validate_and_convert_types(
            body, models[path], ["body"], True, True, configuration=Configuration()
        )
    # A missing required property is a missing argument.
    except (OpenApiException, TypeError) as error:
        raise Rejected(str(error)) from error
    check(model, "body")
    again = data_to_dict(model)
    if again != body:
        raise Rejected(f"it would be written as {json.dumps(again)}")


def main():
    known = models()
    status = 0
    for line in sys.stdin:
        try:
            validate(json.loads(line), known)
            print("accepted")
        except (Rejected, json.JSONDecodeError) as reason:
            print(f"rejected: {reason}")
            status = 1
    sys.exit(status)


main()
