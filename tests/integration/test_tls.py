"""https and wss on the port, with a real CA, curl, websockets and Python."""

import asyncio
import json
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import websockets

from .certificates import Authority
from .daemon import Daemon
from .faults import UNMEASURED
from .programs import until


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "authority")


@pytest.fixture
def bundle(authority, tmp_path):
    """One file with the certificate and its key, as Unraid's are."""
    path = tmp_path / "bundle.pem"
    write_bundle(authority, path)
    return path


@pytest.fixture
def daemon(tmp_path, tower):
    (tower / "var/run").mkdir(exist_ok=True)
    daemon = Daemon(tmp_path, tower)
    yield daemon
    daemon.end()


@pytest.fixture
def secure(daemon, bundle):
    daemon.configure(TLS_CERTIFICATE=bundle, TLS_KEY=bundle)
    return daemon.start()


def write_bundle(authority, path):
    certificate, key = authority.certify("IP:127.0.0.1")
    new = path.with_suffix(".new")
    new.write_text(certificate.read_text() + key.read_text())
    new.rename(path)


def curl(*arguments):
    return subprocess.run(
        ["curl", "-sS", "--max-time", "10", *map(str, arguments)], check=False, capture_output=True, text=True
    )


def get(daemon, authority, path):
    answer = curl("--cacert", authority.certificate, f"https://{daemon.server}{path}")
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def trusting(authority):
    """A client's TLS, which trusts *authority*: its certificate has no key usage, as those made at home have none."""
    context = ssl.create_default_context(cafile=authority.certificate)
    # Python 3.13 sets it.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


async def first_message(daemon, authority):
    context = trusting(authority)
    url = f"wss://{daemon.server}/api/v1/ws/system/stats"
    async with websockets.connect(url, ssl=context, proxy=None) as client:
        message = json.loads(await client.recv())
        await client.close()
        return message, client.close_code


def test_clients_by_tls(secure, authority):
    """REST and WebSocket answer through TLS to clients that trust the CA, and close properly."""
    health = get(secure, authority, "/api/v1/health")
    message, close_code = asyncio.run(first_message(secure, authority))

    assert health["sources"]["tls"]["status"] == "ok"
    assert (message["type"], close_code) == ("stats", 1000)


def test_nothing_is_served_in_the_clear(secure, authority):
    """A client without TLS, or one that does not trust the certificate, gets nothing."""
    clear = curl(f"http://{secure.server}/api/v1/health")
    untrusting = curl(f"https://{secure.server}/api/v1/health")

    assert clear.stdout == ""
    assert untrusting.returncode == 60


def test_an_old_tls_is_refused(secure, authority):
    """TLS 1.1 is refused."""
    answer = curl("--cacert", authority.certificate, "--tls-max", "1.1", f"https://{secure.server}/api/v1/health")

    assert answer.returncode != 0


def test_a_long_answer_arrives_whole(secure, authority):
    """A document of hundreds of kilobytes arrives through TLS, even at a client that closes at once after it."""
    answer = curl(
        "--cacert", authority.certificate, "-H", "Connection: close", f"https://{secure.server}/api/v1/openapi.json"
    )

    assert json.loads(answer.stdout)["openapi"]


def test_a_stopping_daemon_says_so(daemon, bundle, authority):
    """TLS clients get 1001 when the daemon stops, and it stops as fast as without TLS."""
    daemon.configure(TLS_CERTIFICATE=bundle, TLS_KEY=bundle)
    daemon.start()

    async def follow():
        context = trusting(authority)
        url = f"wss://{daemon.server}/api/v1/ws/system/stats"
        async with websockets.connect(url, ssl=context, proxy=None) as client:
            await client.recv()
            stopping = asyncio.get_running_loop().run_in_executor(None, daemon.stop)
            await client.wait_closed()
            return client.close_code, await stopping

    code, took = asyncio.run(follow())

    assert code == 1001
    assert took < 5


def test_a_renewed_file_is_taken_by_a_reload(secure, authority, bundle):
    """After a reload new connections see the renewed certificate."""
    before = ssl.get_server_certificate(("127.0.0.1", secure.port))
    write_bundle(authority, bundle)
    secure.reload(TLS_CERTIFICATE=bundle, TLS_KEY=bundle)

    until(lambda: ssl.get_server_certificate(("127.0.0.1", secure.port)) != before, what="the renewed certificate")


@pytest.mark.parametrize("fault", ["missing", "no key", "key of another", "half of it", "one setting"])
def test_no_port_with_a_wrong_certificate(daemon, tmp_path, bundle, authority, fault):
    """An unusable certificate opens no port, and never an unencrypted one; the daemon gives the reason, and a reload
    recovers.
    """
    key = bundle
    if fault == "missing":
        bundle = bundle.with_name("none.pem")
    elif fault == "no key":
        bundle.write_text(bundle.read_text().partition("-----BEGIN PRIVATE")[0])
    elif fault == "key of another":
        _, key = Authority(tmp_path / "other").certify("IP:127.0.0.1")
        bundle, _ = authority.certify("DNS:tower")
    elif fault == "half of it":
        bundle.write_text(bundle.read_text()[:200])
    settings = {"TLS_CERTIFICATE": bundle} if fault == "one setting" else {"TLS_CERTIFICATE": bundle, "TLS_KEY": key}
    daemon.configure(**settings)
    daemon.begin().program.until_output("port not opened")

    assert not daemon.is_serving()
    daemon.reload()
    until(daemon.is_serving, what="the port in the clear")
    assert "tls" not in daemon.health()["sources"]


def test_the_command_line_finds_it(secure, tower):
    """uma status reaches the daemon through TLS, by its notice or by its process."""
    for notice in ("with", "without"):
        if notice == "without":
            (tower / "var/run/uma.json").unlink()
        answer = subprocess.run(
            [sys.executable, "-m", "uma", "status", "--root", tower],
            check=False,
            capture_output=True,
            text=True,
            timeout=20,
        )

        assert "healthy" in answer.stdout, notice + answer.stdout + answer.stderr


def libraries_of(daemon):
    maps = Path(f"/proc/{daemon.program.process.pid}/maps").read_text()
    return {name for name in ("libssl", "libcrypto") if name in maps}


def test_openssl_is_loaded_only_where_it_is_needed(daemon, tower, bundle, authority):
    """Without a TLS setting OpenSSL is not in the process; a reload that needs it restarts the same process.

    A process behind a fence can't start a program: it ends, and rc.uma restarts it. Without rc.uma it says so.
    """
    (tower / "boot/config/plugins/uma").mkdir(parents=True, exist_ok=True)
    open_air = {"FENCE_CALLS": "no", "FENCE_FILES": "no", "FENCE_RIGHTS": "no"}
    daemon.configure(**open_air)
    # Coverage loads OpenSSL itself.
    daemon.under(*UNMEASURED).start()
    pid = daemon.program.process.pid
    until(lambda: daemon.health()["sources"]["server"]["status"] == "ok", what="a look at everything")
    assert libraries_of(daemon) == set()

    daemon.configure(TLS_CERTIFICATE=bundle, TLS_KEY=bundle, **open_air)
    daemon.program.signal(signal.SIGHUP)
    daemon.program.until_output("daemon restarted")
    daemon.program.until_output("daemon started", times=2)

    assert get(daemon, authority, "/api/v1/health")["sources"]["tls"]["status"] == "ok"
    assert (daemon.program.process.pid, libraries_of(daemon)) == (pid, {"libssl", "libcrypto"})

    daemon.stop()
    daemon.configure()
    daemon.start()
    daemon.configure(TLS_CERTIFICATE=bundle, TLS_KEY=bundle)
    daemon.program.signal(signal.SIGHUP)

    assert daemon.program.wait() == 4
    assert "daemon ended" in daemon.program.output
    daemon.forget()
