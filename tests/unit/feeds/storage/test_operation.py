"""The parity operation in var.ini."""

import pytest

from uma.feeds.storage.operation import action_of, operation_from


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("check P", "check"),
        ("check P Q", "check"),
        ("check", "read_check"),
        ("recon P", "sync"),
        ("recon Q", "sync"),
        ("recon P Q", "sync"),
        ("recon D3", "rebuild"),
        ("recon D1 D2", "rebuild"),
        ("clear", "clear"),
        ("", None),
        ("defragment", None),
    ],
)
def test_the_action_is_in_the_contracts_words(text: str, action: str | None) -> None:
    """The md driver's word, and its purpose."""
    assert action_of(text, is_correcting=False) == action


def test_a_check_that_corrects_says_so() -> None:
    """Only a check of parity can correct it."""
    assert action_of("check P", is_correcting=True) == "correcting_check"
    assert action_of("check", is_correcting=True) == "read_check"


@pytest.mark.parametrize(
    ("position", "interval", "resync", "status"),
    [("0", "0", "0", "idle"), ("0", "5", "0", "idle"), ("9", "5", "99", "running"), ("9", "0", "0", "paused")],
)
def test_position_and_interval_give_the_status(position: str, interval: str, resync: str, status: str) -> None:
    """mdResync is 0 when idle and when paused, and mdResyncAction stays at the end: neither shows the state."""
    var = {"mdResyncPos": position, "mdResyncDt": interval, "mdResync": resync, "mdResyncAction": "recon D1"}

    assert operation_from(var).status == status
    assert operation_from(var).is_rebuild is (status != "idle")


def test_the_next_operation_of_an_idle_array_is_not_running() -> None:
    """With the array stopped, recon P means that a start would build parity."""
    operation = operation_from({"mdResyncAction": "recon P"})

    assert operation.would_sync
    assert not operation.is_sync


def test_parity_and_a_disk_may_be_written_at_once() -> None:
    """With two parities one pass can do both."""
    operation = operation_from({"mdResyncAction": "recon Q D4", "mdResyncPos": "1", "mdResyncDt": "1"})

    assert operation.is_sync
    assert operation.is_rebuild


def test_a_var_ini_without_any_of_it_is_idle() -> None:
    """Every key may be missing."""
    operation = operation_from({})

    assert (operation.action, operation.status) == (None, "idle")
    assert not operation.would_sync
