"""The web's own fixtures: what controls is served by the same server."""

from tests.unit.web.conftest import client, server

__all__ = ["client", "server"]
