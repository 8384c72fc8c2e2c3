"""Factories, waiting and raw sockets that the suites share."""
