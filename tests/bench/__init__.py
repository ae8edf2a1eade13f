"""Benchmarks. Each measures its bare baseline in the same run: on shared machines only ratios mean something."""
