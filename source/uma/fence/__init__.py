"""Fences around the daemon: an attacker inside it can start no program and write no
file outside ``/var/run/uma``.

The daemon puts them up by itself once its port is open. Tasks that still need root are
done by its steward, a small process with a fixed list of tasks. Health shows which
fences hold.
"""
