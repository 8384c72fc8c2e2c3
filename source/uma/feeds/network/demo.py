"""The demo tree's network interfaces, whose traffic moves."""

from dataclasses import replace

from uma.feeds.network.model import Interface, NetworkStatus
from uma.feeds.recording import swing


def moved(recording: NetworkStatus, unix: float) -> NetworkStatus:
    """Return the recording as it is at *unix*: rates swing, counters rise by them."""
    return replace(
        recording, interfaces=tuple(_moved_interface(each, unix) for each in recording.interfaces), demo=True
    )


def _moved_interface(interface: Interface, unix: float) -> Interface:
    sent, received = interface.bytes_sent_per_sec, interface.bytes_recv_per_sec
    if sent is None or received is None:
        return interface
    # Seconds of this day: the counters stay of a size that a server has.
    seconds = unix % 86_400
    return replace(
        interface,
        bytes_sent=(interface.bytes_sent or 0) + round(sent * seconds),
        bytes_recv=(interface.bytes_recv or 0) + round(received * seconds),
        bytes_sent_per_sec=round(swing(sent, unix, f"{interface.name} sent", 0.6)),
        bytes_recv_per_sec=round(swing(received, unix, interface.name, 0.6)),
    )
