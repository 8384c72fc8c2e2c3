"""The daemon's life: the sources, the streams and the web; their nesting is the order
of start and stop.

First the port is opened, then the sources start. At the end the sources stop, every
client gets 1001 (1012 if another daemon follows at once), and the port is closed. A
reload restarts the sources with new settings; clients don't notice.
"""

import asyncio
import signal
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from functools import partial

import structlog

import uma
from uma.aio.executor import Executor
from uma.config import Config, Problem
from uma.daemon.composition import App
from uma.daemon.fencing import Fencing, no_thread_left, problems_of
from uma.daemon.port import Port
from uma.daemon.supervision import supervise
from uma.feeds.feed import Feed
from uma.host import Host
from uma.model.close_codes import GOING_AWAY, RESTARTING
from uma.runtime.openssl import lacks_tls
from uma.web.server import serving

Load = Callable[[], tuple[Config, Sequence[Problem]]]

log = structlog.get_logger()


class End(Enum):
    """End of ``run``: stopped, or to be started again.

    For AGAIN this process restarts itself. FENCED is left to its supervisor, since a
    fenced process can't start a program.
    """

    STOPPED = 0
    AGAIN = 1
    FENCED = 2


async def run(load: Load, host: Host, feeds: Sequence[Feed], fencing: Fencing, *, is_supervised: bool) -> End:
    """Serve until SIGTERM or SIGINT; SIGUSR2 is the same for a daemon that is started
    again at once.

    *load* returns the settings and their problems. SIGHUP loads them again, SIGUSR1
    makes the sources look again. The fences go up once the port is open. If new
    settings need more than the fences allow, a daemon that *is_supervised* ends to be
    restarted; otherwise it lists a problem.

    Raises PortTaken, or OSError for an address that this host does not have, before any
    source has started.
    """
    loop = asyncio.get_running_loop()
    config, problems = load()
    app = App(config, host, feeds, problems)
    orders: asyncio.Queue[signal.Signals] = asyncio.Queue()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR2, signal.SIGHUP):
        loop.add_signal_handler(number, orders.put_nowait, number)
    loop.add_signal_handler(signal.SIGUSR1, app.hint.give)

    async with serving(app.served) as factory:
        port = Port(factory)
        async with no_thread_left():
            await port.open(config)
            await asyncio.to_thread(app.note_port, config.bind, port)
            await asyncio.to_thread(app.prepare)
            await asyncio.to_thread(fencing.measure, config)
        fencing.put_up()
        app.note_fences(fencing.current)
        loop.set_default_executor(Executor())
        await port.accept()
        log.info("daemon started", version=uma.__version__, bind=config.bind, port=port.number)
        while True:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(app.served.clients.ping_the_silent(), name="ping"),
                    group.create_task(fencing.watch(partial(orders.put_nowait, signal.SIGHUP)), name="fences"),
                    group.create_task(port.watch(partial(orders.put_nowait, signal.SIGHUP)), name="port"),
                ]
                for source, publish in app.sources_with(port.certificate):
                    task = group.create_task(supervise(source, publish, app.board), name=source.name)
                    task.add_done_callback(app.board.report_end)
                    tasks.append(task)
                order = merged(await orders.get(), orders)
                for task in tasks:
                    task.remove_done_callback(app.board.report_end)
                await _end(tasks)
            if order is not signal.SIGHUP:
                break
            config, problems = load()
            lack = await asyncio.to_thread(fencing.lack, config)
            if lack and (is_supervised or lacks_tls(config)):
                _log_end(lack, is_restarted=is_supervised or not fencing.is_up)
                port.close()
                app.close_streams(RESTARTING, "the daemon restarts")
                return End.FENCED if fencing.is_up else End.AGAIN
            problems = [*problems, *problems_of(lack)]
            app.apply(config, problems)
            config = await port.move(config, lambda: app.close_streams(RESTARTING, "the daemon has moved"))
            app.note_problems([*problems, *port.kept])
            await asyncio.to_thread(app.note_port, config.bind, port)
            log.info("settings reloaded", bind=config.bind, port=port.number)
        log.info("daemon stopped", signal=order.name)
        if host.steward is not None:
            # It ends while clients get their close codes.
            host.steward.release()
        port.close()
        if order is signal.SIGUSR2:
            app.close_streams(RESTARTING, "the daemon restarts")
        else:
            app.close_streams(GOING_AWAY, "the daemon stops")
    return End.STOPPED


def _log_end(lack: str, *, is_restarted: bool) -> None:
    """Log that the daemon ends because of what it lacks."""
    if is_restarted:
        log.info("daemon restarted", reason=lack)
    else:
        log.warning("daemon ended", reason=lack, remedy="start it again: it runs without rc.uma")


def merged(order: signal.Signals, orders: asyncio.Queue[signal.Signals]) -> signal.Signals:
    """Take the waiting *orders* together with *order*: several reloads are one, and
    none delays an end.
    """
    while order is signal.SIGHUP and not orders.empty():
        order = orders.get_nowait()
    return order


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel *tasks* until they have ended: up to Python 3.12 a TaskGroup loses a
    cancellation that coincides with a failure.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=0.2)
