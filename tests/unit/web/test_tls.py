"""The certificate of the port."""

import asyncio
import os
import tempfile
from pathlib import Path

import pytest

from tests.integration.certificates import Authority
from tests.supervised import supervised, until
from uma.config import Config
from uma.web.tls import Certificate, CertificateUnusable, read_problems


@pytest.fixture
def pair(tmp_path):
    return Authority(tmp_path / "authority").certify("DNS:tower.lan")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda certificate, key: ("", str(key)), "belong together"),
        (lambda certificate, key: (str(certificate), ""), "belong together"),
        (lambda certificate, key: (f"{certificate}.gone", str(key)), ".gone is not there"),
        (lambda certificate, key: (f"{key}.gone", f"{key}.gone"), "^[^ ]+.gone is not there"),
        (lambda certificate, key: (f"{certificate}.gone", f"{key}.gone"), ".gone and .*.gone are not there"),
        (lambda certificate, key: (str(key), str(key)), "hold no certificate"),
        (lambda certificate, key: (str(certificate.parent), str(key)), "is not there"),
    ],
)
def test_faults_are_named(pair, change, reason):
    """An unusable certificate gives a reason."""
    with pytest.raises(CertificateUnusable, match=reason):
        Certificate(*change(*pair))


@pytest.fixture
def seen_by_all():
    """A folder that any user may enter."""
    with tempfile.TemporaryDirectory(prefix="uma-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize("is_folder_shut", [False, True])
def test_a_file_of_another_user(seen_by_all, is_folder_shut):
    """A key that this user may not read, or not even see, is not called missing or invalid."""
    certificate, key = Authority(seen_by_all / "authority").certify("DNS:tower.lan")
    (key.parent if is_folder_shut else key).chmod(0o000)
    user = os.geteuid()
    os.seteuid(65534 if user == 0 else user)
    try:
        with pytest.raises(CertificateUnusable, match="may not be read by this user"):
            Certificate(str(certificate), str(key))
    finally:
        os.seteuid(user)
        key.parent.chmod(0o755)


def test_check_config_tries_it(pair):
    """The problem says that no port is opened; without TLS, or with a pair that can be used, there is none."""
    certificate, key = map(str, pair)
    problems = [
        read_problems(Config(tls_certificate=each, tls_key=key), source="uma.cfg") for each in (certificate, "", key)
    ]

    assert [len(each) for each in problems] == [0, 1, 1]
    assert str(problems[1][0]) == (
        "uma.cfg: TLS_CERTIFICATE: TLS_CERTIFICATE and TLS_KEY belong together, and one of them is empty;"
        " no port is opened until it is corrected"
    )
    assert problems[1][0].is_closed
    assert read_problems(Config(), source="uma.cfg") == []


async def test_a_renewed_file_is_taken(pair, tmp_path):
    """A renewed certificate is loaded; with half a file the old one stays, and that is a failure until the file is
    whole.
    """
    certificate, key = pair
    whole = certificate.read_text()
    tls = Certificate(str(certificate), str(key), look_seconds=0.01)
    async with supervised(tls) as seen:
        await seen.until_status("ok")
        certificate.write_text(whole[:100])
        await seen.until_status("failed")
        assert "can't be used" in seen.health.detail
        certificate.write_text(whole + "\n")
        await seen.until_status("ok")
        await asyncio.sleep(0)
    await until(lambda: tls.context is not None)
