"""Sensors whose value arrives over a WebSocket; they are configured as platform ``websocket`` of ``sensor``."""
