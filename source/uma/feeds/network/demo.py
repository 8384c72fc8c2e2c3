"""The demo tree's network interfaces, with changing traffic."""

from dataclasses import replace

from uma.feeds.network.model import Interface, NetworkStatus
from uma.feeds.recording import swing


def moved(recording: NetworkStatus, unix: float) -> NetworkStatus:
    """Return the recording for the time *unix*: rates vary, and counters rise
    accordingly.
    """
    return replace(
        recording, interfaces=tuple(_moved_interface(each, unix) for each in recording.interfaces), demo=True
    )


def _moved_interface(interface: Interface, unix: float) -> Interface:
    sent, received = interface.bytes_sent_per_sec, interface.bytes_recv_per_sec
    if sent is None or received is None:
        return interface
    # Seconds of the current day: counters stay at realistic sizes.
    seconds = unix % 86_400
    return replace(
        interface,
        bytes_sent=(interface.bytes_sent or 0) + round(sent * seconds),
        bytes_recv=(interface.bytes_recv or 0) + round(received * seconds),
        bytes_sent_per_sec=round(swing(sent, unix, f"{interface.name} sent", 0.6)),
        bytes_recv_per_sec=round(swing(received, unix, interface.name, 0.6)),
    )
