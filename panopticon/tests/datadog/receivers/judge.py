"""Judges requests by the models of Datadog's own API client.

A line of standard input is an object of `path` and `body`, a text, and a line of standard output the
verdict. Each body is read with the model that the client has for a post to that path, with its checks
of types and values. Refused is, beside what these refuse: a property that the model does not have or
that stands there twice, a null, what a model excludes in words only, and JSON that is not the model's
JSON again.
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


class Refused(Exception):
    pass


def models():
    """The model of each path's body."""
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
        raise Refused(f"a name stands twice among {names}")
    return dict(pairs)


def refuse_constant(text):
    raise Refused(f"{text} is not of JSON")


def check(value, at):
    """What the models take, since a server may send it, though nobody may post it."""
    if isinstance(value, UnparsedObject):
        raise Refused(f"{at} is not of its model")
    if isinstance(value, ModelNormal):
        known = value.openapi_types
        for name, inner in value._data_store.items():
            if name not in known:
                raise Refused(f"{at} has the unknown property {name}")
            if inner is None and none_type not in known[name]:
                raise Refused(f"{at}.{name} is null")
            check(inner, f"{at}.{name}")
    elif isinstance(value, ModelSimple):
        check(value.value, at)
        if value._unparsed:
            raise Refused(f"{at} is none of {sorted(value.allowed_values)}")
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            check(inner, f"{at}[{position}]")
    elif value is None:
        raise Refused(f"{at} is null")
    elif not isinstance(value, (str, int, float)):
        raise Refused(f"{at} is a {type(value).__name__}")
    # What the models say in words only.
    if isinstance(value, Series):
        if value.get("type", "gauge") not in ("count", "gauge", "rate"):
            raise Refused(f"{at}.type is {value.type}")
    if isinstance(value, DistributionPoint) and not isinstance(value.value[1], list):
        raise Refused(f"{at}[1] is no list")


def judge(request, models):
    path = request["path"]
    if path not in models:
        raise Refused(f"there is no post to {path}")
    body = json.loads(request["body"], object_pairs_hook=object_of, parse_constant=refuse_constant)
    try:
        model = validate_and_convert_types(
            body, models[path], ["body"], True, True, configuration=Configuration()
        )
    # A required property that is missing is a missing argument.
    except (OpenApiException, TypeError) as error:
        raise Refused(str(error)) from error
    check(model, "body")
    again = data_to_dict(model)
    if again != body:
        raise Refused(f"it is read as {json.dumps(again)}")


def main():
    known = models()
    status = 0
    for line in sys.stdin:
        try:
            judge(json.loads(line), known)
            print("taken")
        except (Refused, json.JSONDecodeError) as reason:
            print(f"refused: {reason}")
            status = 1
    sys.exit(status)


main()
