"""OpenSSL is left out of a process that does not need it."""

import subprocess
import sys

import pytest

from uma.config import Config
from uma.runtime.openssl import needs_tls


@pytest.mark.parametrize(
    ("settings", "needed"),
    [
        ({}, False),
        ({"mqtt_host": "broker"}, False),
        ({"mqtt_tls": True}, False),
        ({"mqtt_host": "broker", "mqtt_tls": True}, True),
        ({"tls_certificate": "/a"}, True),
        ({"tls_key": "/a"}, True),
        ({"heartbeat_url": "http://a"}, False),
        ({"heartbeat_url": "https://a"}, True),
    ],
)
def test_settings_that_need_it(settings, needed):
    """A certificate, a broker with TLS and a heartbeat by https need it."""
    assert needs_tls(Config(**settings)) is needed


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)


def test_everything_works_without_it():
    """Docker's and MQTT's libraries, the daemon and SHA-256 load and work without OpenSSL."""
    answer = run(
        """if True:
        from uma.runtime.openssl import has_tls, leave_out_tls, tls_stand_in
        leave_out_tls()
        import asyncio, hashlib, sys
        with tls_stand_in():
            import uma.outputs.mqtt.publisher
        import uma.daemon.main, uma.feeds.docker.client, uma.control.containers
        assert hashlib.sha256(b"").hexdigest().startswith("e3b0c442")
        assert not has_tls() and sys.modules["ssl"] is None
        assert not any("ssl" in line for line in open("/proc/self/maps") if "/lib" in line and "libssl" in line)
        print("done")
        """
    )

    assert answer.stdout == "done\n", answer.stderr


def test_an_id_is_derived_without_it():
    """The one use of scrypt loads OpenSSL for itself."""
    answer = run(
        """if True:
        from pathlib import Path
        from uma.runtime.openssl import leave_out_tls
        leave_out_tls()
        from uma.runtime.server_id import ServerId
        print(ServerId(Path("/proc/none/id"), lambda: "0781-5580-0000-000000000001")())
        """
    )

    assert len(answer.stdout.strip()) == 32, answer.stderr


def test_with_it_nothing_changes():
    """If OpenSSL was not left out, the stand-in is the real module."""
    answer = run(
        """if True:
        from uma.runtime.openssl import has_tls, tls_stand_in
        with tls_stand_in():
            import ssl
        print(has_tls(), hasattr(ssl, "create_default_context"))
        """
    )

    assert answer.stdout == "True True\n", answer.stderr
