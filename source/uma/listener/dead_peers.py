"""Peers that are gone without a word, such as after a cut cable: the kernel notices."""

import socket

KEEPALIVE = {socket.TCP_KEEPIDLE: 20, socket.TCP_KEEPINTVL: 10, socket.TCP_KEEPCNT: 3}
"""Seconds idle until the first probe, seconds between probes, and their number."""

USER_TIMEOUT_MS = 30_000
"""Time without an answer, pings included, after which the kernel gives a client up."""


def watch_for_a_dead_peer(sock: socket.socket) -> None:
    """Make the kernel notice a cut cable: keepalive while idle, a user timeout while
    bytes are unacknowledged.
    """
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEPALIVE.items():
        sock.setsockopt(socket.IPPROTO_TCP, option, value)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
