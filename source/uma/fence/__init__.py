"""Fences around the daemon: code that takes it over can start no program and write no
file outside ``/var/run/uma``.

The daemon puts them up by itself once its port is open. What it still needs root for is
done by its steward, a small process with a fixed list of tasks. Health says which
fences hold.
"""
