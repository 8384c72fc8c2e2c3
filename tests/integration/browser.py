"""Real Chromium, through tests/browser/drive.mjs."""

import itertools
import json
import queue
import shutil
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .programs import CHECKOUT, clean_environment

CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""Programs, the cheapest first.

The shell is the same engine without windows and a profile: a page costs it 0.4 s of CPU instead of 1.1.
"""


class PageError(AssertionError):
    """Raised when a page could not be opened or an expression in it failed."""


@dataclass
class Page:
    """An open page. ``console`` holds (level, text) of all it has written; level ``uncaught`` is an uncaught error."""

    browser: "Browser"
    name: str
    console: list[tuple[str, str]] = field(default_factory=list)
    is_closed: bool = False

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression in the page."""
        return self.browser.order("evaluate", page=self.name, expression=expression)

    def text(self, element: str) -> str:
        """The text of the element with this id."""
        return self.evaluate(f"document.getElementById('{element}').textContent")

    def until_evaluates(self, expression: str, seconds: float = 20.0) -> Any:
        """Return the value of *expression* once it is true."""
        value = self.browser.order("until", seconds, page=self.name, expression=expression, seconds=seconds)
        if not value:
            raise AssertionError(f"{expression} in {self.name} did not come true in {seconds} s ({self.console})")
        return value

    def reload(self) -> None:
        """Load it again."""
        self.browser.order("reload", page=self.name)

    def resize(self, width: int, height: int) -> None:
        """Make its window that large."""
        self.browser.order("resize", page=self.name, width=width, height=height)

    def go_offline(self, is_offline: bool = True) -> None:
        """Disconnect it from the network, or reconnect it."""
        self.browser.order("offline", page=self.name, isOffline=is_offline)

    def frames(self) -> list[dict[str, str]]:
        """Return ``url`` and ``text`` of itself and of each frame in it, as a person sees them."""
        frames: list[dict[str, str]] = self.browser.order("frames", page=self.name)
        return frames

    def freeze(self, is_frozen: bool = True) -> None:
        """Freeze it, or wake it up."""
        self.browser.order("freeze", page=self.name, isFrozen=is_frozen)

    def screenshot(self, path: Path) -> None:
        """Write a picture of all of it, as PNG."""
        self.browser.order("screenshot", page=self.name, path=str(path))

    def press(self, key: str) -> None:
        """Press *key*, by Playwright's name for it: ``Tab``, ``Shift+Tab``, ``Control+k``."""
        self.browser.order("press", page=self.name, key=key)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag the mouse from one point of the window to another."""
        self.browser.order("drag", page=self.name, **{"from": start, "to": end})

    def emulate(self, **media: str) -> None:
        """Emulate another medium: ``media="print"``, ``forcedColors="active"``."""
        self.browser.order("media", page=self.name, media=media)

    def colours(self, width: int, height: int, columns: int, rows: int) -> str:
        """Return its picture in a window of that size as a grid of colours: three hexadecimal digits a cell."""
        size = {"width": width, "height": height}
        return self.browser.order("colours", page=self.name, **size, columns=columns, rows=rows)

    def measure(self) -> dict[str, float]:
        """Bytes of its ``heap`` after a collection; seconds so far of its ``script``, ``tasks`` and ``renderers``."""
        return self.browser.order("measure", page=self.name)

    def inaccessible(self, element: str = "html") -> list[str]:
        """Return axe-core's findings in the selector *element*."""
        return self.browser.order("axe", page=self.name, element=element)

    def said(self, level: str) -> list[str]:
        """The texts that it wrote at *level*."""
        return [text for said_level, text in self.console if said_level == level]

    def close(self) -> None:
        """Close the page and its connections; of one that is closed, do nothing."""
        if not self.is_closed:
            self.is_closed = True
            self.browser.order("close", page=self.name)


def find_chromium(*names: str) -> str | None:
    """Return the path of the first of these programs that is installed, or None."""
    return next(filter(None, map(shutil.which, names)), None)


class Browser:
    """A running Chromium with a fresh profile, and with *flags* of its own. ``close`` ends it."""

    def __init__(self, chromium: str, node: str, *flags: str) -> None:
        self._process = subprocess.Popen(
            [node, CHECKOUT / "tests/browser/drive.mjs", chromium, *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=clean_environment(),
        )
        self._numbers = itertools.count(1)
        self._answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._pages: dict[str, Page] = {}
        self._reader = threading.Thread(target=self._read, name="browser", daemon=True)
        self._reader.start()
        self.version = self._answer(0, 60)

    def open(self, url: str | Path, *, init: str = "", blocked: str = "", **context: object) -> Page:
        """Open a page, a file by its path as a user would from disk; the script *init* runs before the page's own.

        What the pattern *blocked* matches can't be loaded.

        *context* is what Playwright's ``newContext`` takes: ``colorScheme="dark"``, ``viewport={"width": 390, …}``.
        """
        page = Page(self, f"page {next(self._numbers)}")
        self._pages[page.name] = page
        address = url.resolve().as_uri() if isinstance(url, Path) else url
        self.order("open", page=page.name, url=address, init=init, blocked=blocked, context=context)
        return page

    def order(self, what: str, longest: float = 0, /, **details: object) -> Any:
        """Send the driver a command that takes *longest* seconds by itself; return its answer."""
        number = next(self._numbers)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"id": number, "do": what, **details}) + "\n")
        self._process.stdin.flush()
        return self._answer(number, longest + 30)

    def close(self) -> None:
        """End Chromium."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        finally:
            self._process.kill()
            self._process.wait()
            self._reader.join()
            assert self._process.stdout is not None
            self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = json.loads(line)
            if "id" in message:
                self._answers.put(message)
            else:
                self._pages[message["page"]].console.append((message["level"], message["text"]))
        self._answers.put(None)

    def _answer(self, number: int, seconds: float) -> Any:
        try:
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise PageError(f"the browser does not answer within {seconds} s") from None
        if answer is None:
            raise PageError("the browser has ended")
        if "error" in answer:
            raise PageError(answer["error"])
        assert answer["id"] == number
        return answer["value"]
