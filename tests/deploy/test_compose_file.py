"""What docker-compose.yml and its neighbours promise, without starting anything."""

import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.containers import ROOT

LASTING = {"postgres", "api-server", "scheduler", "dag-processor", "redis", "worker", "s3"}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"])


def written(env_file: Path) -> dict[str, str]:
    command = ["make", "secrets", f"ENV_FILE={env_file}", f"DATA={env_file.parent / 'data'}"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return dict(line.split("=", 1) for line in env_file.read_text().splitlines())


def test_every_service_is_confined_limited_and_restarted(services: dict[str, Any]) -> None:
    assert set(services) == LASTING | {"init"}
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["read_only"] is True, name
        assert service["user"] not in ("root", "0"), name
        assert {"mem_limit", "cpus", "pids_limit", "restart"} <= set(service), name
        assert ("healthcheck" in service) == (name in LASTING), name


def test_only_the_user_interface_is_published_and_only_on_loopback(services: dict[str, Any]) -> None:
    ports = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert ports == {"api-server": ["127.0.0.1:${NEWSMILL_PORT:-8080}:8080"]}


def test_every_image_has_an_exact_version(services: dict[str, Any]) -> None:
    images = {service["image"] for service in services.values()}
    images |= set(re.findall(r"PYTHON_IMAGE=(\S+)", (ROOT / "Dockerfile").read_text()))
    assert [image for image in images if not re.search(r":\d+\.\d+(\.\d+)?(-[a-z-]+)?$", image)] == []


def test_every_secret_is_one_that_make_secrets_writes_and_has_no_default(tmp_path: Path) -> None:
    names = dict(re.findall(r"\$\{(\w+)(:?[?-]?[^}]*)\}", (ROOT / "docker-compose.yml").read_text()))
    needed = {name for name, otherwise in names.items() if otherwise == ":?run make secrets"}
    assert needed == set(written(tmp_path / "env"))
    assert [name for name in set(names) - needed if re.search("PASSWORD|SECRET|KEY", name)] == []


def test_secrets_are_long_private_and_never_overwritten(tmp_path: Path) -> None:
    first, second = written(tmp_path / "one"), written(tmp_path / "two")
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o600
    assert len(first["JWT_SECRET"]) >= 64
    assert len(first["FERNET_KEY"]) == 44
    assert [name for name in first if first[name] == second[name]] == ["NEWSMILL_UID"]
    assert [name for name in first if name != "NEWSMILL_UID" and not re.fullmatch(r"[\w=-]{24,}", first[name])] == []
    with pytest.raises(subprocess.CalledProcessError):
        written(tmp_path / "one")
    assert written(tmp_path / "three")["JWT_SECRET"] != first["JWT_SECRET"]
    assert dict(line.split("=", 1) for line in (tmp_path / "one").read_text().splitlines()) == first


def test_the_kubernetes_values_set_what_the_compose_file_sets(services: dict[str, Any]) -> None:
    values = yaml.safe_load((ROOT / "docs" / "kubernetes.values.yaml").read_text())
    compose = services["scheduler"]["environment"]
    assert values["executor"] == "KubernetesExecutor"
    for entry in values["env"]:
        default = re.sub(r"\$\{\w+:-(.*)\}", r"\1", compose[entry["name"]])
        assert (entry["name"], entry["value"]) == (entry["name"], default)
    for section, options in values["config"].items():
        for name, value in options.items():
            given = str(compose[f"AIRFLOW__{section.upper()}__{name.upper()}"])
            assert given == str(value) or given.startswith("${"), name
