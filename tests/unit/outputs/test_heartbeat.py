"""The heartbeat."""

import asyncio
import socket

import pytest
from aiohttp import web

from tests.supervised import supervised
from uma.outputs.heartbeat import Heartbeat


@pytest.fixture
async def monitor():
    """A service that counts its calls, and answers with the status set by the test."""
    app, calls, status = web.Application(), [], [200]

    async def take(request):
        calls.append(request.path_qs)
        return web.Response(status=status[0])

    app.router.add_get("/ping/secret", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/ping/secret?x=1", calls, status
    await runner.cleanup()


async def test_it_calls_while_all_is_well(monitor):
    """It calls at once and at its interval while all is well, and is silent otherwise."""
    url, calls, _ = monitor
    wells = [True, True, False]
    async with supervised(Heartbeat(url, lambda: wells.pop(0) if len(wells) > 1 else wells[0], interval=0.01)) as seen:
        await seen.until_status("unavailable")
        await asyncio.sleep(0.05)

    assert calls == ["/ping/secret?x=1"] * 2


@pytest.mark.parametrize("host", ["a..b", "a" * 64, ".lan", "[::1", "%zz"])
async def test_a_host_that_is_none(host):
    """A mistyped address is a failure like another, and no defect."""
    async with supervised(Heartbeat(f"http://{host}/secret", lambda: True, interval=0.01)) as seen:
        await seen.until_status("failed")

        assert seen.health.detail.startswith("the heartbeat's address can't be called (")


async def test_a_refusal_is_a_failure(monitor):
    """An unsuccessful answer is a failure whose text omits the address, which may be a secret."""
    url, _, status = monitor
    status[0] = 404
    async with supervised(Heartbeat(url, lambda: True, interval=0.01)) as seen:
        await seen.until_status("failed")

        assert seen.health.detail == "the heartbeat's address answered 404"


async def test_a_failed_call_is_made_again_at_the_next_interval(monitor):
    """A failure stays reported until the next call, which can succeed; it is not retried sooner."""
    url, calls, status = monitor
    status[0] = 503
    async with supervised(Heartbeat(url, lambda: True, interval=0.01)) as seen:
        await seen.until_status("failed")
        status[0] = 200
        await seen.until_status("ok")

    assert seen.board.history == ["failed", "ok"]
    assert len(calls) >= 2


async def test_a_failed_call_does_not_end_the_run(monitor):
    """A run that ends is restarted within a second: a service that refuses would get more than one call a minute."""
    url, _, status = monitor
    status[0] = 503
    failed = asyncio.Event()
    run = Heartbeat(url, lambda: True, interval=3600).run(lambda _: None, lambda status, _: failed.set())
    task = asyncio.ensure_future(run)
    async with asyncio.timeout(20):
        await failed.wait()
    await asyncio.sleep(0)
    is_over = task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert not is_over


async def test_a_missing_service_is_a_failure():
    """A closed port is reported without the address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with supervised(Heartbeat(f"http://127.0.0.1:{port}/secret", lambda: True)) as seen:
        await seen.until_status("failed")

        assert "secret" not in seen.health.detail
