"""Scrapes are made at most once a second."""

import asyncio

from uma.web.scrapes import Scrapes


class Making:
    """Maker that counts its bodies; the next one waits for ``go``."""

    def __init__(self) -> None:
        self.made = 0
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self) -> bytes:
        await self.go.wait()
        self.made += 1
        return f"{self.made}".encode()


async def test_a_body_is_kept_for_a_second():
    """Within a second the same bytes are returned, then new ones; each format has its own."""
    now = 100.0
    scrapes, make = Scrapes(lambda: now), Making()
    first = await scrapes.get("text", make)
    now += 1.0
    same = await scrapes.get("text", make)
    other = await scrapes.get("openmetrics", make)
    now += 0.1
    new = await scrapes.get("text", make)

    assert (first, same, other, new) == (b"1", b"1", b"2", b"3")


async def test_simultaneous_scrapes_share_one():
    """A hundred scrapes at once cost one."""
    scrapes, make = Scrapes(lambda: 100.0), Making()
    make.go.clear()
    asked = [asyncio.ensure_future(scrapes.get("text", make)) for _ in range(100)]
    await asyncio.sleep(0)
    make.go.set()

    assert set(await asyncio.gather(*asked)) == {b"1"}
    assert make.made == 1
