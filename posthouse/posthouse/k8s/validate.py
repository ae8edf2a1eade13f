"""Strict validation of rendered manifests: built-in kinds against Kubernetes' own schemas, custom kinds and our rules
for every workload by hand. What it finds is printed; the exit status says whether there was anything."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml

ROOT = Path(__file__).resolve().parents[3]
VERSION = "1.34"
TARGETS = ("deploy/k8s/base", "deploy/k8s/topics", "deploy/k8s/overlays/production")

Manifest = dict[str, Any]

# Required fields of the custom kinds we use, as dotted paths; from the operators' API references.
CUSTOM_KINDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("kafka.strimzi.io/v1", "Kafka"): ("spec.kafka.listeners", "spec.kafka.config", "spec.entityOperator"),
    ("kafka.strimzi.io/v1", "KafkaNodePool"): ("spec.replicas", "spec.roles", "spec.storage.type"),
    ("kafka.strimzi.io/v1", "KafkaTopic"): ("spec.partitions", "spec.replicas", "spec.config"),
    ("postgresql.cnpg.io/v1", "Cluster"): ("spec.instances", "spec.storage.size"),
    ("keda.sh/v1alpha1", "ScaledObject"): ("spec.scaleTargetRef.name", "spec.triggers"),
    ("monitoring.coreos.com/v1", "PodMonitor"): ("spec.selector", "spec.podMetricsEndpoints"),
    ("monitoring.coreos.com/v1", "PrometheusRule"): ("spec.groups",),
}


def render(target: str) -> list[Manifest]:
    """The manifests of a kustomization."""
    done = subprocess.run(
        [ROOT / "tools" / "kubectl.sh", "kustomize", ROOT / target], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{target} does not render: {done.stderr.strip()}")
    return [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]


def findings(manifests: list[Manifest]) -> Iterator[str]:
    """Everything that is wrong with the manifests."""
    for manifest in manifests:
        name = f"{manifest['kind']}/{manifest['metadata']['name']}"
        required = CUSTOM_KINDS.get((manifest["apiVersion"], manifest["kind"]))
        if required is not None:
            yield from (f"{name}: {path} is missing" for path in required if _at(manifest, path) is None)
            continue
        try:
            kubernetes_validate.validate(manifest, VERSION, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"{name}: {'.'.join(str(part) for part in error.path)}: {error.message}"
        except kubernetes_validate.SchemaNotFoundError as error:
            yield f"{name}: {error}"
        pod = _at(manifest, "spec.template.spec")
        if pod is not None and manifest["kind"] in ("Deployment", "StatefulSet", "Job"):
            yield from _pod_findings(name, pod, long_running=manifest["kind"] != "Job")
    yield from _reference_findings(manifests)


def _pod_findings(name: str, pod: Manifest, *, long_running: bool) -> Iterator[str]:
    """The restricted profile of the Pod Security Standards, probes, resources."""
    security = pod.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield f"{name}: the pod must run as non-root with the default seccomp profile"
    if pod.get("automountServiceAccountToken") is not False:
        yield f"{name}: the pod must not carry a service account token"
    for container in pod["containers"]:
        context = container.get("securityContext", {})
        if context.get("allowPrivilegeEscalation") is not False or context.get("capabilities") != {"drop": ["ALL"]}:
            yield f"{name}: {container['name']} must drop all capabilities"
        if context.get("readOnlyRootFilesystem") is not True:
            yield f"{name}: {container['name']} must have a read-only root file system"
        if "memory" not in container.get("resources", {}).get("limits", {}):
            yield f"{name}: {container['name']} needs a memory limit"
        if long_running:
            missing = {"startupProbe", "livenessProbe", "readinessProbe", "lifecycle"} - set(container)
            yield from (f"{name}: {container['name']} lacks {probe}" for probe in sorted(missing))


def _reference_findings(manifests: list[Manifest]) -> Iterator[str]:
    """Every name that a manifest refers to must exist in the same rendering."""
    known = {(manifest["kind"], manifest["metadata"]["name"]) for manifest in manifests}
    workloads = [manifest for manifest in manifests if manifest["kind"] in ("Deployment", "StatefulSet")]
    for manifest in workloads:
        name, spec = manifest["metadata"]["name"], manifest["spec"]
        for kind in ("Service", "PodDisruptionBudget", "NetworkPolicy", "ServiceAccount"):
            if (kind, name) not in known:
                yield f"{manifest['kind']}/{name}: has no {kind}"
        if manifest["kind"] == "StatefulSet" and ("Service", spec["serviceName"]) not in known:
            yield f"StatefulSet/{name}: its headless service {spec['serviceName']} is missing"
        for source in spec["template"]["spec"]["containers"][0].get("envFrom", []):
            config = source.get("configMapRef", {}).get("name")
            if config and ("ConfigMap", config) not in known:
                yield f"{manifest['kind']}/{name}: ConfigMap {config} is missing"
        for volume in spec["template"]["spec"].get("volumes", []):
            claim = volume.get("persistentVolumeClaim", {}).get("claimName")
            if claim and ("PersistentVolumeClaim", claim) not in known:
                yield f"{manifest['kind']}/{name}: PersistentVolumeClaim {claim} is missing"
    for manifest in manifests:
        if manifest["kind"] == "Ingress":
            for rule in manifest["spec"]["rules"]:
                for path in rule["http"]["paths"]:
                    backend = path["backend"]["service"]["name"]
                    if ("Service", backend) not in known:
                        yield f"Ingress: {path['path']} leads to the missing service {backend}"
        if manifest["kind"] == "ScaledObject":
            target = manifest["spec"]["scaleTargetRef"]
            if (target["kind"], target["name"]) not in known:
                yield f"ScaledObject/{manifest['metadata']['name']}: its target is missing"


def _at(manifest: Manifest, path: str) -> Any:
    value: Any = manifest
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def main() -> int:
    """Render and validate everything; prints one line per target and finding."""
    failed = False
    for target in TARGETS:
        manifests = render(target)
        found = list(findings(manifests))
        failed = failed or bool(found)
        sys.stdout.write(
            f"{target:<36} {len(manifests):>4} manifests  {'ok' if not found else f'{len(found)} wrong'}\n"
        )
        for finding in found:
            sys.stdout.write(f"  {finding}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
