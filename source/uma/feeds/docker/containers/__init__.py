"""Containers: each with its state, ports, update and, on demand, its figures."""
