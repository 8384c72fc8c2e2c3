"""Figures that UMA promises, each taken beside what it is compared with.

A benchmark is a module here and a line in ``BENCHMARKS``; ``benchmarks/README.md``
says what the module has.
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
