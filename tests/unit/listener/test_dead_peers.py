"""Options by which the kernel notices a dead peer, as the kernel reports them."""

import socket

from uma.listener.dead_peers import KEEPALIVE, USER_TIMEOUT_MS, watch_for_a_dead_peer


def test_a_tcp_connection_is_watched():
    """The kernel has each option afterwards, and none before."""
    with socket.socket() as connection:
        assert not connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)

        watch_for_a_dead_peer(connection)

        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        options = {**KEEPALIVE, socket.TCP_USER_TIMEOUT: USER_TIMEOUT_MS}
        assert {each: connection.getsockopt(socket.IPPROTO_TCP, each) for each in options} == options


def test_a_unix_connection_is_left_alone():
    """A unix socket has no such options, and its peer can't vanish."""
    with socket.socket(socket.AF_UNIX) as connection:
        watch_for_a_dead_peer(connection)
