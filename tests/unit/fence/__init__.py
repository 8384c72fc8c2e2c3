"""Fences around the daemon."""
