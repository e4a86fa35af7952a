"""The container files, as far as they can be held to something without a container engine.

`compose-spec.json` is the schema of the Compose Specification (Apache-2.0), unchanged.
"""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from ciam.supervisor.plan import demo_plan
from tests.architecture.tree import APPS, ROOT, project_files, text_of

COMPOSE: dict[str, Any] = yaml.safe_load(text_of("docker-compose.yml"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "ciam"}
DOCKERFILE = text_of("Dockerfile").replace("\\\n", " ")
WORDS = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")


def instructions(name: str) -> list[str]:
    lines = DOCKERFILE.splitlines()
    return [line.partition(" ")[2] for line in lines if line.startswith(f"{name} ")]


def copied() -> set[str]:
    """What the image takes from the checkout."""
    lines = [line.split() for line in instructions("COPY") if "--from=" not in line]
    return {source.rstrip("/") for *sources, _target in lines for source in sources}


def test_it_is_what_the_compose_specification_allows() -> None:
    schema = json.loads(text_of("tests/architecture/compose-spec.json"))

    errors = list(jsonschema.Draft202012Validator(schema).iter_errors(COMPOSE))

    assert [error.message for error in errors] == []
    assert "version" not in COMPOSE


def test_the_schema_would_refuse_a_misspelt_key() -> None:
    schema = json.loads(text_of("tests/architecture/compose-spec.json"))
    misspelt = {"services": {"web": {"image": "ciam", "helthcheck": {}}}}

    assert list(jsonschema.Draft202012Validator(schema).iter_errors(misspelt))


def test_it_has_every_program_of_the_demo() -> None:
    programs = {program.name for program in demo_plan({}).programs}

    assert programs <= set(SERVICES)
    assert {"postgres", "redis", "mail"} <= set(SERVICES)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_that_stays_tells_how_it_is(name: str) -> None:
    service = SERVICES[name]

    assert service.get("restart") == "no" or service["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_a_service_waits_for_exists_and_can_be_waited_for(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        else:
            assert SERVICES[other]["restart"] == "no"
    if "network_mode" in SERVICES[name]:
        assert SERVICES[name]["network_mode"].removeprefix("service:") in SERVICES[name]["depends_on"]


def test_volumes_are_declared() -> None:
    mounted = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}

    assert mounted == set(COMPOSE["volumes"])


def test_only_this_machine_reaches_the_demo() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_no_secret_stands_in_the_file() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if "SECRET" in name or "PASSWORD" in name:
                assert value.startswith("${"), name
    assert all(":?" in found for found in re.findall(r"\$\{[^}]*\}", text_of("docker-compose.yml")))


def known_variables() -> set[str]:
    """Every name in capitals in the files that read the environment."""
    readers = [*project_files("ciam/supervisor", "demo", suffix=".py"), Path("ciam/settings.py")]
    return {word for path in readers for word in WORDS.findall(text_of(path))}


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_variable_is_one_that_somebody_reads(name: str) -> None:
    assert set(OURS[name]["environment"]) <= known_variables()


def commands() -> list[list[str]]:
    """What our containers run, as words; a shell line as one command for each part."""
    found: list[list[str]] = [json.loads(instructions("CMD")[-1])]
    for service in OURS.values():
        command = service.get("command", [])
        parts = command[2].split(" && ") if command[:2] == ["sh", "-c"] else []
        found += [part.split() for part in parts] or [command]
    return [command for command in found if command]


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_starts_something_that_exists(command: list[str]) -> None:
    assert command[0] == "python"
    if command[1] == "-m":
        assert importlib.util.find_spec(command[2])
    else:
        assert command[1] == "manage.py"
        names = [path.stem for path in project_files(*APPS, suffix=".py") if "commands" in path.parts]
        assert command[2] in {*names, "migrate"}


def test_the_web_server_runs_as_in_make_run() -> None:
    command = json.loads(instructions("CMD")[-1])
    web = next(program for program in demo_plan({}).programs if program.name == "web")

    here, there = (set(command), set(web.argv))
    assert here - there == {"python", "0.0.0.0"}
    assert there - here == {sys.executable, "127.0.0.1"}


def test_the_worker_runs_as_in_make_run() -> None:
    worker = next(program for program in demo_plan({}).programs if program.name == "worker")
    options = {word for word in worker.argv if word.startswith("--") and "hostname" not in word}

    assert options - set(SERVICES["worker"]["command"]) == {"--quiet"}


def test_the_image_has_what_it_copies_and_runs_as_nobody_in_particular() -> None:
    copied = [line.split() for line in instructions("COPY") if "--from=" not in line]

    assert all((ROOT / source).exists() for *sources, _target in copied for source in sources)
    assert {source.rstrip("/") for *sources, _ in copied for source in sources} >= {
        *APPS,
        "templates",
        "static",
    }
    assert instructions("USER") == ["10001:10001"]
    assert "--require-hashes" in DOCKERFILE


def test_the_build_context_is_what_the_image_copies() -> None:
    lines = text_of(".dockerignore").splitlines()
    let_through = {line[1:].rstrip("/") for line in lines if line.startswith("!")}

    assert "*" in lines
    assert let_through == copied()


def test_the_web_server_knows_these_options() -> None:
    command = json.loads(instructions("CMD")[-1])
    said = subprocess.run(
        [sys.executable, "-m", "granian", "--help"], capture_output=True, text=True, timeout=60, check=True
    )

    options = [word for word in command[3:] if word.startswith("--")]
    assert [option for option in options if option not in said.stdout] == []
