"""Steward of the daemon: a small process that keeps the rights that the daemon gives
up, and does the few tasks that need them.

It is forked before the daemon imports anything, and imports almost nothing itself, of
``socket`` and ``signal`` only the half in C, so its memory is that of a bare
interpreter. It has one thread and no network, and ends with the daemon, whose end of
the socket closes then.

A request is one packet: a task, its words with zeros between, and descriptors. The
first descriptor is a socket for the answer. A child does the task: it checks the words,
answers 0 or the number of an error, and becomes the program if the task is one. The
steward sends the exit status after that. Closing the socket kills a running program.
"""

import _signal  # type: ignore[import-not-found]
import _socket
import errno
import os
import select
import sys

from uma.fence.requests import (
    ASK_DOCKER,
    ASK_LIBVIRT,
    GUARD_DOCKER,
    LIBVIRT,
    MAX_NOTICE_BYTES,
    NOTICE,
    SERVICE_FILE,
    SETUP,
    WITH_CONTROL,
    WITHDRAW_ANNOUNCEMENT,
)

NAME = "uma-steward"
MAX_REQUEST_BYTES = 16384
MAX_CHILDREN = 16
MAX_DESCRIPTORS = 2
INT_BYTES = 4

LAST_STANDARD_STREAM = 2


def fork_steward() -> int:
    """Start the steward; return the descriptor of the daemon's end of its socket.
    Raises OSError.

    Call it while there is one thread, and before large imports.
    """
    ours, stewards = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    if not os.fork():
        # Never return into the daemon's code, not even by an error.
        try:
            live(stewards)
        finally:
            os._exit(0)
    stewards.close()
    return ours.detach()


def live(control: _socket.socket) -> None:
    """Act as the parent's steward until *control* is closed at its end."""
    _detach(control.fileno())
    _Steward(control).serve()


def _detach(kept: int) -> None:
    """Leave the daemon's session, its descriptors, its signals and its name."""
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(LAST_STANDARD_STREAM + 1):
        os.dup2(null, descriptor)
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - pathlib costs memory
        if int(name) > LAST_STANDARD_STREAM and int(name) != kept:
            _close(int(name))
    # It ends with the daemon: a signal to both must not end it first.
    for number in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP, _signal.SIGUSR1, _signal.SIGUSR2):
        _signal.signal(number, _signal.SIG_IGN)
    try:
        own_name = os.open("/proc/self/comm", os.O_WRONLY)
    except OSError:
        return
    os.write(own_name, NAME.encode())
    os.close(own_name)


def remove(path: str) -> int:
    """Remove a file; return 0, even if there was none, or the number of the error."""
    try:
        os.unlink(path)  # noqa: PTH108 - pathlib costs memory
    except FileNotFoundError:
        return 0
    except OSError as error:
        return error.errno or errno.EIO
    return 0


class _Child:
    """A running child. ``descriptor`` is readable once it has ended (pidfd_open(2))."""

    def __init__(self, pid: int, answer: _socket.socket) -> None:
        self.pid = pid
        self.descriptor = os.pidfd_open(pid)
        self.answer = answer


class _Steward:
    def __init__(self, control: _socket.socket) -> None:
        self._control = control
        self._daemon = os.getppid()
        self._root = ""
        self._docker, self._controls = "", False
        self._children: dict[int, _Child] = {}
        """By each of the two watched descriptors."""
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)

    def serve(self) -> None:
        """Serve requests until the daemon has ended, then end all children."""
        is_there = True
        while is_there:
            # One at a time: a descriptor that it closes may be in the list, and already
            # be reused.
            descriptor, _ = self._poll.poll()[0]
            if descriptor == self._control.fileno():
                is_there = self._take_request()
            else:
                self._look_at(self._children[descriptor])
        for child in self._children.values():
            _kill(child)
        self._withdraw_notice()

    def _withdraw_notice(self) -> None:
        """Remove the daemon's notice, if it is there and its own."""
        path = os.path.join(self._root, NOTICE)  # noqa: PTH118 - pathlib costs memory
        try:
            notice = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            is_own = b'"pid": %d,' % self._daemon in os.read(notice, MAX_NOTICE_BYTES)
            os.close(notice)
            if is_own:
                os.unlink(path)  # noqa: PTH108 - as above
        except OSError:
            return

    def _take_request(self) -> bool:
        """Begin one request; return False if the daemon has ended."""
        try:
            request, data, flags, _ = self._control.recvmsg(
                MAX_REQUEST_BYTES, _socket.CMSG_LEN(MAX_DESCRIPTORS * INT_BYTES), _socket.MSG_CMSG_CLOEXEC
            )
        except OSError:
            return False
        descriptors = [number for _, _, packed in data for number in _descriptors_in(packed)]
        if not request and not descriptors:
            return False
        is_whole = not flags & (_socket.MSG_TRUNC | _socket.MSG_CTRUNC)
        task, *words = request.decode(errors="surrogateescape").split("\0")
        if is_whole and task == SETUP and not descriptors and not self._root:
            self._root = words[0]
        elif is_whole and descriptors and task == WITHDRAW_ANNOUNCEMENT:
            answer = _socket.socket(fileno=descriptors[0])
            _send(answer, remove(os.path.join(self._root, SERVICE_FILE)))  # noqa: PTH118 - pathlib costs memory
            answer.close()
        elif is_whole and descriptors and task in (GUARD_DOCKER, ASK_DOCKER, ASK_LIBVIRT):
            self._open_socket(task, words, _socket.socket(fileno=descriptors[0]))
        elif is_whole and descriptors:
            self._begin(task, words, descriptors)
        for descriptor in descriptors[1:] if is_whole else descriptors:
            _close(descriptor)
        return True

    def _open_socket(self, task: str, words: list[str], answer: _socket.socket) -> None:
        """Note where Docker is, once, or pass a connection on. Never waits."""
        # Imported here: without this fence it is not needed.
        from uma.fence.socket_door import connected, open_docker  # noqa: PLC0415

        try:
            if task == GUARD_DOCKER:
                if self._docker or len(words) != 2:
                    raise PermissionError(errno.EPERM, "guarded already")
                self._docker, self._controls = words[0], words[1] == WITH_CONTROL
                _send(answer, 0)
            elif not self._docker:
                raise PermissionError(errno.EPERM, "not guarded")
            else:
                if task == ASK_LIBVIRT:
                    # libvirt asks who connects, and refuses a user without a name.
                    connection = connected(os.path.join(self._root, LIBVIRT))  # noqa: PTH118 - pathlib costs memory
                else:
                    connection = open_docker(self._docker, words, controls=self._controls)
                is_wanted = words or task == ASK_LIBVIRT
                _send(answer, 0, connection.fileno() if is_wanted else None)
                connection.close()
        except OSError as error:
            _send(answer, error.errno or errno.EIO)
        answer.close()

    def _begin(self, task: str, words: list[str], descriptors: list[int]) -> None:
        answer = _socket.socket(fileno=descriptors[0])
        try:
            if len(self._children) >= 2 * MAX_CHILDREN or not self._root:
                raise BlockingIOError(errno.EAGAIN, "too much at once")
            pid = os.fork()
        except OSError as error:
            _send(answer, error.errno or errno.EIO)
            answer.close()
            return
        if not pid:
            try:
                # Only in the child: its memory is freed with it.
                from uma.fence.task_child import do_task  # noqa: PLC0415

                do_task(task, words, root=self._root, daemon=self._daemon, answer=answer, output=descriptors[1:])
            finally:
                os._exit(1)
        child = _Child(pid, answer)
        for descriptor in (child.descriptor, answer.fileno()):
            self._children[descriptor] = child
            self._poll.register(descriptor, select.POLLIN)

    def _look_at(self, child: _Child) -> None:
        pid, status = os.waitpid(child.pid, os.WNOHANG)
        if pid:
            _send(child.answer, os.waitstatus_to_exitcode(status))
            self._forget(child.answer.fileno())
            self._forget(child.descriptor)
            os.close(child.descriptor)
        else:
            # The daemon has closed its end, or sends invalid data.
            _kill(child)
            self._forget(child.answer.fileno())
        child.answer.close()

    def _forget(self, descriptor: int) -> None:
        if self._children.pop(descriptor, None) is not None:
            self._poll.unregister(descriptor)


def _descriptors_in(packed: bytes) -> list[int]:
    """Return the numbers in the kernel's own byte order, without half ones."""
    whole = range(0, len(packed) - INT_BYTES + 1, INT_BYTES)
    return [int.from_bytes(packed[at : at + INT_BYTES], sys.byteorder) for at in whole]


def _send(answer: _socket.socket, code: int, descriptor: int | None = None) -> None:
    data = []
    if descriptor is not None:
        data = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, descriptor.to_bytes(INT_BYTES, sys.byteorder))]
    try:
        answer.sendmsg([b"%d" % code], data)
    except OSError:
        # The daemon no longer waits for it.
        return


def _kill(child: _Child) -> None:
    for kill in (os.killpg, os.kill):
        try:
            kill(child.pid, _signal.SIGKILL)
        except ProcessLookupError:
            # Not yet the leader of a group, or ended.
            continue


def _close(descriptor: int) -> None:
    try:
        os.close(descriptor)
    except OSError:
        return
