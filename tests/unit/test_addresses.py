"""The project's addresses, which everything that shows them takes from one module."""

import re

import pytest

from uma import __main__, addresses


@pytest.mark.parametrize("name", ["DOWNLOAD_URL", "PROJECT_URL", "SUPPORT_URL"])
def test_an_address_is_https_or_not_set(name):
    """Each is empty, or https without a slash at its end."""
    assert re.fullmatch(r"(https://\S*[^\s/])?", getattr(addresses, name))


def test_help_names_the_support_page(monkeypatch, capsys):
    """`uma --help` ends with the address for questions, where one is set."""
    monkeypatch.setattr(__main__, "SUPPORT_URL", "https://example.org/support")
    with pytest.raises(SystemExit):
        __main__.main(["--help"])

    assert "Questions and bug reports: https://example.org/support" in " ".join(capsys.readouterr().out.split())
