"""The integration's files agree with each other: what hassfest and HACS's action would check."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from custom_components.uma import binary_sensor, button, event, sensor, services, switch
from homeassistant.components.event import ATTR_EVENT_TYPE
from homeassistant.loader import Manifest
from tests.integration.programs import CHECKOUT

FOLDER = CHECKOUT / "custom_components/uma"
SOURCES = {path: path.read_text() for path in sorted(FOLDER.rglob("*.py"))}
ALL = "\n".join(SOURCES.values())

DESCRIPTIONS = {
    "sensor": sensor.SENSORS,
    "binary_sensor": binary_sensor.BINARY_SENSORS,
    "switch": (switch.SWITCH,),
    "button": (button.BUTTON,),
    "event": event.EVENTS,
}

RULES = [
    "action-setup", "appropriate-polling", "brands", "common-modules", "config-flow-test-coverage", "config-flow",
    "dependency-transparency", "docs-actions", "docs-conditions", "docs-high-level-description",
    "docs-installation-instructions", "docs-removal-instructions", "docs-triggers", "entity-event-setup",
    "entity-unique-id", "has-entity-name", "runtime-data", "test-before-configure", "test-before-setup",
    "unique-config-entry", "action-exceptions", "config-entry-unloading", "docs-configuration-parameters",
    "docs-installation-parameters", "entity-unavailable", "integration-owner", "log-when-unavailable",
    "parallel-updates", "reauthentication-flow", "test-coverage", "devices", "diagnostics", "discovery-update-info",
    "discovery", "docs-data-update", "docs-examples", "docs-known-limitations", "docs-supported-devices",
    "docs-supported-functions", "docs-troubleshooting", "docs-use-cases", "dynamic-devices", "entity-category",
    "entity-device-class", "entity-disabled-by-default", "entity-translations", "exception-translations",
    "icon-translations", "reconfiguration-flow", "repair-issues", "stale-devices", "async-dependency",
    "inject-websession", "strict-typing",
]  # fmt: skip


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text())


ENGLISH = load("translations/en.json")


def test_manifest():
    """The manifest has the keys that Home Assistant and HACS require, in hassfest's order."""
    manifest: Manifest = load("manifest.json")
    keys = list(manifest)
    assert keys == ["domain", "name", *sorted(keys[2:])]
    assert {"documentation", "issue_tracker", "codeowners", "version"} < set(keys)
    assert manifest["domain"] == FOLDER.name == "uma"
    assert manifest["iot_class"] == "local_push"
    assert manifest["requirements"] == []
    assert re.fullmatch(r"\d+\.\d+\.\d+", manifest["version"])
    assert all(manifest[key].startswith("https://") for key in ("documentation", "issue_tracker"))


def test_hacs():
    """HACS finds the integration where it looks: the first folder below the root's custom_components."""
    hacs = json.loads((CHECKOUT / "hacs.json").read_text())
    assert hacs.keys() == {"name", "homeassistant"}
    assert [path.name for path in FOLDER.parent.iterdir() if path.is_dir() and path.name[0] not in "._"] == ["uma"]
    assert (FOLDER / "brand/icon.png").read_bytes()[16:24] == (256).to_bytes(4) * 2


@pytest.mark.parametrize("platform", DESCRIPTIONS)
def test_every_entity_has_its_words(platform: str):
    """Each entity has a name, each of its words a translation, and there are no others."""
    words = ENGLISH["entity"][platform]
    assert words.keys() == {description.key for description in DESCRIPTIONS[platform]}
    for description in DESCRIPTIONS[platform]:
        entity = words[description.key]
        options = set(getattr(description, "options", None) or ())
        types = set(getattr(description, "event_types", None) or ())
        assert entity["name"]
        assert entity.get("state", {}).keys() == options, description.key
        attributes = entity.get("state_attributes", {})
        assert attributes.get(ATTR_EVENT_TYPE, {}).get("state", {}).keys() == types, description.key


def test_entities_of_docker_are_known():
    """Without containers, no entity of the server is left that only their streams could fill."""
    from custom_components.uma.following import CONTAINER_STREAMS
    from custom_components.uma.parts import SERVER
    from custom_components.uma.removals import OF_DOCKER

    found = [
        each for descriptions in DESCRIPTIONS.values() for each in descriptions if each.stream in CONTAINER_STREAMS
    ]
    assert {each.key for each in found if each.kind == SERVER} == set(OF_DOCKER)


def test_icons_are_of_entities():
    """Each icon is an entity's or an action's; entities without one have a device class, or the platform's."""
    icons = load("icons.json")
    for platform, descriptions in DESCRIPTIONS.items():
        known = {description.key: description for description in descriptions}
        given = icons["entity"].get(platform, {})
        assert given.keys() <= known.keys()
        bare = {key for key, one in known.items() if getattr(one, "device_class", None) is None} - given.keys()
        assert bare <= set(), platform
    assert icons["services"].keys() == services.ACTIONS.keys()


def test_actions_have_words_and_fields():
    """The actions, their fields and their words are the same ones everywhere."""
    described = yaml.safe_load((FOLDER / "services.yaml").read_text())
    assert described.keys() == ENGLISH["services"].keys() == services.ACTIONS.keys()
    wanted = {str(key) for key in services.SCHEMA.schema}
    for name, words in ENGLISH["services"].items():
        assert described[name]["fields"].keys() == words["fields"].keys() == wanted


def test_errors_and_issues_have_words():
    """Each translation key that the code uses is defined, and each that is defined is used."""
    raised = set(re.findall(r'translation_key="(\w+)"', ALL))
    assert raised == ENGLISH["exceptions"].keys()
    assert set(re.findall(r'_note\(hass, "(\w+)"', ALL)) == ENGLISH["issues"].keys()
    flow, checks = SOURCES[FOLDER / "config_flow.py"], SOURCES[FOLDER / "checks.py"]
    shown = set(re.findall(r'\(\w+, "(\w+)"\),?\n', checks)) | {"unavailable"}
    assert shown == ENGLISH["config"]["error"].keys()
    ends = set(re.findall(r'reason="(\w+)"', flow)) | {"reauth_successful", "reconfigure_successful"}
    assert ends == ENGLISH["config"]["abort"].keys()


@pytest.mark.parametrize("part", ["config", "options"])
def test_every_field_of_a_form_is_explained(part: str):
    """Each field has a name and an explanation."""
    for step in ENGLISH[part]["step"].values():
        assert step["data"].keys() == step["data_description"].keys()
        assert all(step["data_description"].values())


def test_quality_scale():
    """Each of the 54 rules has an answer, with a reason if it is not done."""
    rules = yaml.safe_load((FOLDER / "quality_scale.yaml").read_text())["rules"]
    assert len(RULES) == 54
    assert list(rules) == [rule for rule in rules if rule in RULES]
    assert rules.keys() == set(RULES)
    open_ones = {name for name, rule in rules.items() if rule != "done" and rule["status"] == "todo"}
    assert open_ones == {"dependency-transparency", "integration-owner"}
    assert all(rule == "done" or rule["comment"] for rule in rules.values())


def test_the_client_does_without_home_assistant():
    """The client imports aiohttp and the standard library alone."""
    for path, text in SOURCES.items():
        if path.parent.name == "client":
            for node in ast.walk(ast.parse(text)):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.level == 0:
                    names = [node.module or ""]
                assert not [name for name in names if name.startswith(("homeassistant", "custom_components"))], path


def test_every_platform_says_how_many_updates_run_at_once():
    """PARALLEL_UPDATES is explicit: unlimited without requests, one at a time for actions."""
    for platform, limit in {"sensor": 0, "binary_sensor": 0, "event": 0, "switch": 1, "button": 1}.items():
        assert f"\nPARALLEL_UPDATES = {limit}\n" in SOURCES[FOLDER / f"{platform}.py"]


def test_types():
    """mypy --strict passes against Home Assistant's own types."""
    from mypy import api

    arguments = ["--config-file", "integrations/home-assistant/mypy.ini", "custom_components/uma"]
    import os

    before = Path.cwd()
    os.chdir(CHECKOUT)
    try:
        out, errors, code = api.run(arguments)
    finally:
        os.chdir(before)
    assert code == 0, out + errors
