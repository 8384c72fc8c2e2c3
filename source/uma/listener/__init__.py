"""Limits of TCP and HTTP around aiohttp's protocol: connections, frames, sockets."""
