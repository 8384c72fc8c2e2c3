"""The OpenAPI document: published, valid, complete."""

import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.schemas import check_committed
from tests.support.feeds import FEEDS
from uma.web.app import routes, writing_routes
from uma.wire.openapi import METHODS, openapi_document


def operation_of(item):
    """Return the one operation of an address."""
    (operation,) = (item[method] for method in METHODS if method in item)
    return operation


def test_the_committed_document(request: pytest.FixtureRequest):
    """docs/openapi.json is the document that the daemon serves, and has kept every earlier promise."""
    check_committed("openapi.json", openapi_document(FEEDS), request)


def test_it_is_openapi():
    """A public validator of OpenAPI 3.1 accepts it."""
    assert [error.message for error in OpenAPIV31SpecValidator(openapi_document(FEEDS)).iter_errors()] == []


def test_its_licence_has_an_identifier():
    """openapi-generator rejects a licence without an SPDX identifier, which OpenAPI itself does not require."""
    assert openapi_document(FEEDS)["info"]["license"] == {"name": "MIT", "identifier": "MIT"}


def test_every_route_is_in_it():
    """It has exactly the router's addresses with their methods, in the same order."""
    served = [
        (re.sub(r"\{(\w+):[^}]*\}", r"{\1}", route.path), route.method.lower())
        for route in [*routes(FEEDS), *writing_routes()]
    ]
    documented = [
        (path, method)
        for path, item in openapi_document(FEEDS)["paths"].items()
        for method in item
        if method != "parameters"
    ]

    assert sorted(documented) == sorted(served)


def test_refusals_are_problems():
    """Every error of every address has a problem body."""
    document = openapi_document(FEEDS)
    for path, item in document["paths"].items():
        for status, response in operation_of(item)["responses"].items():
            shared = document["components"]["responses"].get(response.get("$ref", "").rpartition("/")[2])
            content = (shared or response).get("content", {})
            assert int(status) < 400 or list(content) == ["application/problem+json"], path


def test_operations_have_names_of_their_own():
    """Each operation's name, which is a function's name in generated clients, is a unique identifier."""
    names = [operation_of(item)["operationId"] for item in openapi_document(FEEDS)["paths"].values()]

    assert len(set(names)) == len(names)
    assert all(name.isidentifier() for name in names)
    assert {"followSystemStats", "getSystemStats", "getSystemStatsHistory", "getDashboard", "operateContainers"} <= set(
        names
    )
