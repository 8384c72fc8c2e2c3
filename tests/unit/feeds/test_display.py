"""The webGUI's display settings."""

from pathlib import Path

from uma.feeds.display import read_display
from uma.host import Host


def test_display_settings_are_the_users_over_the_defaults(tmp_path: Path) -> None:
    """Only formats of numbers and times are read; without the webGUI's files there are none."""
    host = Host(tmp_path)
    (host.webgui / "plugins/dynamix").mkdir(parents=True)
    (host.flash_config / "plugins/dynamix").mkdir(parents=True)
    own = '[display]\nunit="F"\nnumber=",."\n[notify]\ndate="x"\n'
    (host.webgui / "plugins/dynamix/default.cfg").write_text('[display]\nunit="C"\nhot="45"\ntheme="white"\n')
    (host.flash_config / "plugins/dynamix/dynamix.cfg").write_text(own)

    assert read_display(host) == {"unit": "F", "number": ",.", "hot": "45"}
    assert read_display(Host(tmp_path / "nothing")) == {}
