"""Kubernetes manifests that follow from the code: one workload per service, one topic per catalogue entry."""

from posthouse.k8s.manifests import documents, write

__all__ = ["documents", "write"]
