"""What goes to Kubernetes: rendered, strictly validated, in step with the code; and the validation can fail."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from contracts.catalogue import TOPICS
from posthouse.k8s import documents
from posthouse.k8s.manifests import ROOT
from posthouse.k8s.validate import TARGETS, findings, render
from posthouse.registry import SERVICES

Manifests = list[dict[str, Any]]


@pytest.fixture(scope="module")
def base() -> Manifests:
    return render("deploy/k8s/base")


@pytest.fixture(scope="module")
def production() -> Manifests:
    return render("deploy/k8s/overlays/production")


def workload(manifests: Manifests, name: str = "cases") -> dict[str, Any]:
    return next(m for m in manifests if m["kind"] in ("StatefulSet", "Deployment") and m["metadata"]["name"] == name)


def container(manifests: Manifests, name: str = "cases") -> dict[str, Any]:
    return workload(manifests, name)["spec"]["template"]["spec"]["containers"][0]


@pytest.mark.parametrize("target", TARGETS)
def test_every_kustomization_is_valid(target: str) -> None:
    assert list(findings(render(target))) == []


def test_generated_manifests_follow_the_code() -> None:
    differing = [name for name, text in documents() if (ROOT / name).read_text() != text]
    assert differing == [], "run `posthouse k8s write`"


def test_every_service_and_topic_is_deployed(production: Manifests) -> None:
    names = {(m["kind"], m["metadata"]["name"]) for m in production}
    assert {("StatefulSet", entry.name) for entry in SERVICES} <= names
    assert {("KafkaTopic", topic.name) for topic in TOPICS} <= names
    for topic in TOPICS:
        for group in topic.consumers:
            assert ("KafkaTopic", f"{topic.name}.{group}.dead-letters") in names


def test_ingress_serves_the_same_prefixes_as_the_all_in_one(base: Manifests) -> None:
    ingress = next(m for m in base if m["kind"] == "Ingress")
    paths = {path["path"]: path["backend"]["service"]["name"] for path in ingress["spec"]["rules"][0]["http"]["paths"]}
    assert {entry.prefix: entry.name for entry in SERVICES}.items() <= paths.items()


def test_default_is_to_deny_all_traffic(base: Manifests) -> None:
    policy = next(m for m in base if m["kind"] == "NetworkPolicy" and m["metadata"]["name"] == "default-deny")
    assert policy["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_only_callers_reach_a_service(base: Manifests) -> None:
    def callers(name: str) -> set[str]:
        policy = next(m for m in base if m["kind"] == "NetworkPolicy" and m["metadata"]["name"] == name)
        sources = policy["spec"]["ingress"][0]["from"]
        return {s["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for s in sources if "podSelector" in s}

    assert callers("tracking-gateway") == {"voice"}
    assert callers("cases") == {"email"}
    assert callers("routing") == set()


BROKEN: dict[str, Callable[[Manifests], Any]] = {
    "unknown field": lambda ms: container(ms).update(livenesProbe={}),
    "wrong type": lambda ms: workload(ms)["spec"].update(replicas="two"),
    "no readiness probe": lambda ms: container(ms).pop("readinessProbe"),
    "writable root": lambda ms: container(ms)["securityContext"].update(readOnlyRootFilesystem=False),
    "capabilities kept": lambda ms: container(ms)["securityContext"].pop("capabilities"),
    "root user": lambda ms: workload(ms)["spec"]["template"]["spec"]["securityContext"].pop("runAsNonRoot"),
    "no memory limit": lambda ms: container(ms)["resources"].pop("limits"),
    "ingress to nowhere": lambda ms: ms.remove(
        next(m for m in ms if m["kind"] == "Service" and m["metadata"]["name"] == "sms")
    ),
    "missing network policy": lambda ms: ms.remove(
        next(m for m in ms if m["kind"] == "NetworkPolicy" and m["metadata"]["name"] == "sms")
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_validation_finds(name: str, base: Manifests) -> None:
    manifests = copy.deepcopy(base)
    BROKEN[name](manifests)
    assert list(findings(manifests)), name


def test_validation_finds_incomplete_custom_kinds(production: Manifests) -> None:
    manifests = copy.deepcopy(production)
    topic = next(m for m in manifests if m["kind"] == "KafkaTopic")
    del topic["spec"]["partitions"]
    assert list(findings(manifests)) == [f"KafkaTopic/{topic['metadata']['name']}: spec.partitions is missing"]
