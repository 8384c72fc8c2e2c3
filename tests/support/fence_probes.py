"""Probes: attempts of code that has taken over a process, each with its result.

They run inside a fenced process, and nothing they do harms the machine where they succeed.
"""

import ctypes
import fcntl
import json
import os
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long

PROBES = frozenset(
    (
        *("start a program", "fork", "vfork", "become a program"),
        *("trace", "read its memory", "signal another", "mount", "unshare", "load a module", "reboot", "mknod"),
        *("chmod", "open by handle", "set the clock", "keys", "bpf", "io_uring", "perf"),
    )
)
"""Refused by the fence around the system calls."""


FOR_ROOT_ALONE = frozenset(("connect to Docker", "become root", "join Docker's group"))
"""Refused to another user, even without the other fences."""


def system_call(number: int, *arguments: object) -> int:
    """Make a system call; raises OSError."""
    given = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    result = int(LIBC.syscall(ctypes.c_long(number), *given))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def fork() -> None:
    """Fork; the child exits at once."""
    if not os.fork():
        os._exit(0)
    os.wait()


def vfork() -> None:
    """Request a process, not a thread, by clone(2) with CLONE_VFORK."""
    if not system_call(56, 0x4000 | signal.SIGCHLD, 0, 0, 0, 0):
        os._exit(0)
    os.wait()


def start_thread() -> None:
    """Start a thread, which stays allowed."""
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()


def call_probes(victim: int, scratch: Path) -> Mapping[str, Callable[[], object]]:
    """The probes of system calls, by name. *victim* is another process of the same user, *scratch* a file."""
    name = os.fspath(scratch).encode()
    return {
        "start a program": lambda: os.posix_spawn("/bin/true", ["true"], {}),
        "become a program": lambda: os.execv("/nonexistent", ["x"]),
        "fork": fork,
        "vfork": vfork,
        # PTRACE_SEIZE, which does not stop it.
        "trace": lambda: system_call(101, 0x4206, victim, 0, 0),
        "read its memory": lambda: system_call(310, victim, 0, 0, 0, 0, 0),
        "signal another": lambda: os.kill(victim, 0),
        "signal itself": lambda: os.kill(os.getpid(), 0),
        "start a thread": start_thread,
        # None of these has arguments that could work.
        "mount": lambda: system_call(165, 0, b"/nonexistent", 0, 0, 0),
        "unshare": lambda: system_call(272, 0),
        "load a module": lambda: system_call(313, -1, b"", 0),
        "reboot": lambda: system_call(169, 0, 0, 0, 0),
        "mknod": lambda: system_call(133, name + b".node", 0o10600, 0),
        "chmod": lambda: scratch.chmod(0o600),
        "open by handle": lambda: system_call(304, -1, ctypes.create_string_buffer(64), 0),
        "set the clock": lambda: system_call(227, 99, 0),
        "keys": lambda: system_call(250, 0, 0, 0),
        "bpf": lambda: system_call(321, 99, 0, 0),
        "io_uring": lambda: system_call(425, 0, 0),
        "perf": lambda: system_call(298, 0, 0, 0, 0, 0),
    }


def rights_probes(scratch: Path) -> Mapping[str, Callable[[], object]]:
    """Return the probes of root's rights, by name. *scratch* is a file that root owns."""

    def socket_of(*kind: int) -> None:
        socket.socket(*kind).close()

    def listen_low() -> None:
        with socket.socket() as sock:
            sock.bind(("127.0.0.2", 81))

    def change_mtu() -> None:
        # SIOCSIFMTU of loopback, possibly to its present value.
        with socket.socket() as sock:
            request = struct.pack("16si12x", b"lo", 65536)
            fcntl.ioctl(sock, 0x8922, request)

    return {
        "open a raw socket": lambda: socket_of(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
        "listen at all frames": lambda: socket_of(socket.AF_PACKET, socket.SOCK_RAW, 0),
        "listen at port 81": listen_low,
        "change a network interface": change_mtu,
        "become another user": lambda: os.setresuid(65534, 65534, 0),
        "raise its priority": lambda: os.setpriority(os.PRIO_PROCESS, 0, -1),
        "read what others own": scratch.read_text,
    }


def file_probes(folders: Mapping[str, Path], port: int) -> Mapping[str, Callable[[], object]]:
    """The probes of files below *folders* and of a connection to *port*, by name.

    Folders: ``own``, which may be written, ``read``, which may be read, and ``other``; each holds ``file``.
    """

    def connect() -> None:
        # Not create_connection, which imports modules that can't be read any more.
        with socket.socket() as sock:
            sock.connect(("127.0.0.1", port))

    def write(path: Path) -> None:
        path.write_text("x")

    return {
        "write its own": lambda: write(folders["own"] / "new"),
        "replace its own": lambda: (folders["own"] / "new").replace(folders["own"] / "file"),
        "read": (folders["read"] / "file").read_text,
        "write what it reads": lambda: write(folders["read"] / "file"),
        "add to what it reads": lambda: write(folders["read"] / "new"),
        "empty what it reads": lambda: os.truncate(folders["read"] / "file", 0),
        "rename out": lambda: (folders["read"] / "file").rename(folders["own"] / "moved"),
        "link out": lambda: os.link(folders["read"] / "file", folders["own"] / "linked"),
        "remove what it reads": (folders["read"] / "file").unlink,
        "read elsewhere": (folders["other"] / "file").read_text,
        "list elsewhere": lambda: next(folders["other"].iterdir()),
        "write elsewhere": lambda: write(folders["other"] / "new"),
        "connect": connect,
    }


def user_probes(folder: Path, victim: int) -> Mapping[str, Callable[[], object]]:
    """Return the probes of root's files, by name: *folder* with ``own``, ``read`` and ``docker.sock``."""

    def connect_to_docker() -> None:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(folder / "docker.sock"))

    def give_capabilities_to_a_program() -> None:
        status = Path("/proc/self/status").read_text()
        bounding = int(status.partition("CapBnd:")[2].split()[0], 16)
        if bounding & ~(1 << 2):
            return
        raise PermissionError("no program can have any")

    return {
        "give capabilities to a program": give_capabilities_to_a_program,
        "read root's": (folder / "read/file").read_text,
        "write its own": lambda: (folder / "own/new").write_text("x"),
        "write root's": lambda: os.close(os.open(folder / "read/file", os.O_WRONLY)),
        "add to root's": lambda: (folder / "read/new").write_text("x"),
        "rename root's": lambda: (
            (folder / "read").rename(folder / "moved") and (folder / "moved").rename(folder / "read")
        ),
        "open root's folder to all": lambda: (folder / "read").chmod(0o700),
        "connect to Docker": connect_to_docker,
        "signal root's": lambda: os.kill(victim, 0),
        "become root": lambda: os.setresuid(0, 0, 0),
        "join Docker's group": lambda: os.setgroups([0]),
    }


def results(probes: Mapping[str, Callable[[], object]]) -> dict[str, str]:
    """Return the result of each probe: ``done``, or the name of the error."""
    found = {}
    for name, probe in probes.items():
        try:
            probe()
        except OSError as error:
            found[name] = type(error).__name__ if error.errno != 38 else "ENOSYS"
        else:
            found[name] = "done"
    return found


def main() -> None:
    """Put a fence up and print the results, in a process of its own: ``fence_probes calls|files|rights|user JSON``."""
    what, given = sys.argv[1], json.loads(sys.argv[2])
    if what == "calls":
        from uma.fence.seccomp import refuse_calls

        if given["fence"]:
            refuse_calls(os.getpid(), allows_perf=given["perf"])
        sys.stdout.write(json.dumps(results(call_probes(given["victim"], Path(given["scratch"])))))
        return
    if what == "rights":
        from uma.fence.capabilities import DAC_READ_SEARCH, drop_capabilities
        from uma.fence.kernel import forbid_new_privileges

        if given["fence"]:
            forbid_new_privileges()
            drop_capabilities([DAC_READ_SEARCH])
        sys.stdout.write(json.dumps(results(rights_probes(Path(given["scratch"])))))
        return
    if what == "user":
        from uma.fence.capabilities import DAC_READ_SEARCH, drop_capabilities
        from uma.fence.user import FIRST_USER, become_user, hand_over

        folder = Path(given["folder"])
        if given["fence"]:
            hand_over(folder / "own", FIRST_USER)
            become_user(FIRST_USER)
            drop_capabilities([DAC_READ_SEARCH])
        sys.stdout.write(json.dumps(results(user_probes(folder, given["victim"]))))
        return
    from uma.fence.landlock import is_shut, restrict_files

    folders = {name: Path(path) for name, path in given["folders"].items()}
    if given["fence"]:
        restrict_files(
            read=[folders["read"], folders["read"] / "nothing", Path("/proc")],
            write=[folders["own"]],
            devices=[],
            ports=given["ports"],
        )
    sys.stdout.write(json.dumps({**results(file_probes(folders, given["port"])), "fenced": is_shut(Path("/"))}))


if __name__ == "__main__":
    main()
