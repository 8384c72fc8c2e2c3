"""Figures that UMA promises, each measured beside its comparison.

A benchmark is a module here and a line in ``BENCHMARKS``; ``benchmarks/README.md`` describes the module.
"""

BENCHMARKS = (
    "storage",
    "containers",
    "feeds",
    "mains",
    "idle",
    "fanout",
    "latency",
    "multiplex",
    "mqtt",
    "start",
    "scaling",
    "tried",
    "package",
    "page",
    "fleet",
    "rules",
)
"""Modules in the order in which they run."""
