"""Ports of containers, from the list and from an inspect."""

import pytest

from uma.feeds.docker.containers.model import MAX_PORTS, ContainerPort
from uma.feeds.docker.containers.ports import bound_ports, listed_ports

WEB = ContainerPort("0.0.0.0", 8080, 80, "tcp")
DNS = ContainerPort("192.0.2.9", 53, 53, "udp")


def test_both_forms_give_the_same_ports() -> None:
    """They are sorted by the container's port; IPv6's entry beside one for every IPv4 address is left out."""
    listed = [
        {"IP": "::", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"},
        {"IP": "0.0.0.0", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"},
        {"IP": "192.0.2.9", "PrivatePort": 53, "PublicPort": 53, "Type": "udp"},
        {"PrivatePort": 81, "Type": "tcp"},
    ]
    bound = {
        "80/tcp": [{"HostIp": "", "HostPort": "8080"}, {"HostIp": "::", "HostPort": "8080"}],
        "53/udp": [{"HostIp": "192.0.2.9", "HostPort": "53"}],
        "81/tcp": None,
    }

    assert listed_ports(listed) == bound_ports(bound) == (DNS, WEB)


@pytest.mark.parametrize("value", [None, 7, "x", {}, [None], {"80/tcp": [7, {}]}, {"x/tcp": [{"HostPort": "1"}]}])
def test_damaged_ports_are_left_out(value: object) -> None:
    """A value of another type costs itself."""
    assert listed_ports(value) == bound_ports(value) == ()


@pytest.mark.parametrize("number", [0, 65536, -1, True, 1.5, "0", "65536", "-1", "999999", "٣"])
def test_a_port_is_from_1_to_65535(number: object) -> None:
    """Numbers as a text count, other types and numbers do not."""
    assert bound_ports({"80/tcp": [{"HostPort": number}]}) == ()
    assert listed_ports([{"PrivatePort": number, "PublicPort": 1}]) == ()


def test_a_range_of_ports_is_cut() -> None:
    """A container that publishes thousands does not fill a message."""
    assert len(bound_ports({f"{port}/udp": [{"HostPort": str(port)}] for port in range(1, 2000)})) == MAX_PORTS
