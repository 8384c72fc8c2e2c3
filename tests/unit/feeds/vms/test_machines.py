"""The table of virtual machines."""

from uma.feeds.vms.machines import Machines
from uma.feeds.vms.model import DiskTraffic, NetworkTraffic, VirtualMachine, VmEvent
from uma.feeds.vms.parse import Definition, Sample
from uma.feeds.vms.protocol import Domain, DomainInfo, LifecycleEvent

UUID = bytes(range(16))
UUID_TEXT = "00010203-0405-0607-0809-0a0b0c0d0e0f"
DEFINED, UNDEFINED, STARTED, SUSPENDED, RESUMED, STOPPED, SHUTDOWN, PMSUSPENDED, CRASHED = range(9)
CRASHED_DETAIL, FAILED = 2, 5
SECOND = 1_000_000_000


def domain(active: int = -1, name: str = "haos", uuid: bytes = UUID) -> Domain:
    return Domain(name, uuid, active)


def known(active: int = 1, state: int = 1) -> Machines:
    machines = Machines()
    machines.host_cpus = 4
    machines.learn(domain(active), DomainInfo(state, 4096, 2048, 2), Definition("Linux", ("vda",)))
    return machines


def sample(at: float, *, life: int = 1) -> Sample:
    return Sample(life, at, int(at * SECOND), (int(at * SECOND), 0), 1024, 2048 * 1024, NetworkTraffic(1, 2))


def states(machines: Machines) -> list[str | None]:
    return [vm.state for vm in machines.status("running").vms]


def test_a_whole_machine():
    """All facts of a running machine, with figures from two samples."""
    machines = known()
    machines.learn_autostart([UUID])
    machines.measure(UUID, sample(0), None)
    machines.measure(UUID, sample(2), DiskTraffic(10, 20))

    assert machines.status("running").vms == (
        VirtualMachine(
            name="haos",
            uuid=UUID_TEXT,
            state="running",
            state_shown="started",
            autostart=True,
            vcpus=2,
            cpu_percent=50.0,
            host_cpu_percent=25.0,
            memory_used_bytes=1024,
            memory_current_bytes=2048 * 1024,
            memory_max_bytes=4096 * 1024,
            disk_io=DiskTraffic(10, 20),
            network_io=NetworkTraffic(1, 2),
            template="Linux",
        ),
    )


def test_one_sample_gives_no_percentage():
    """Before the second sample CPU is unknown; the rest is known."""
    machines = known()
    machines.measure(UUID, sample(0), None)
    (vm,) = machines.status("running").vms

    assert (vm.cpu_percent, vm.host_cpu_percent, vm.memory_used_bytes) == (None, None, 1024)


def test_a_life():
    """Each event has its action, the new state and its number; the table follows."""
    machines, told = Machines(), []
    for event, detail, active in (
        (DEFINED, 0, -1),
        (STARTED, 0, 1),
        (SUSPENDED, 0, 1),
        (RESUMED, 0, 1),
        (SHUTDOWN, 0, 1),
        (STOPPED, 0, -1),
        (STARTED, 0, 2),
        (STOPPED, FAILED, 2),
        (STARTED, 0, 3),
        (CRASHED, 0, 3),
        (STOPPED, CRASHED_DETAIL, 3),
        (UNDEFINED, 0, -1),
    ):
        message = machines.take(LifecycleEvent(domain(active), event, detail))
        told.append((message.seq, message.action, message.state))
        assert states(machines) == ([] if message.state is None else [message.state])

    assert told == [
        (1, "defined", "shutoff"),
        (2, "started", "running"),
        (3, "suspended", "paused"),
        (4, "resumed", "running"),
        (5, "shutdown", "shutdown"),
        (6, "stopped", "shutoff"),
        (7, "started", "running"),
        (8, "crashed", "shutoff"),
        (9, "started", "running"),
        (10, "crashed", "crashed"),
        (11, "crashed", "shutoff"),
        (12, "undefined", None),
    ]


def test_a_machine_that_could_not_be_started():
    """libvirt says "failed" of it too: it was not active, so it has not crashed."""
    machines = known(active=-1, state=5)

    assert machines.take(LifecycleEvent(domain(), STOPPED, FAILED)) == VmEvent(
        "stopped", "haos", UUID_TEXT, "shutoff", 1
    )


def test_a_start_resumes():
    """libvirt reports resumed, then started: that is one event, and the state is right from the first on."""
    machines = known(active=-1, state=5)
    said = [machines.take(LifecycleEvent(domain(1), event, 0)) for event in (RESUMED, STARTED)]

    assert (said[0], said[1].action, said[1].seq, states(machines)) == (None, "started", 1, ["running"])


def test_a_redefinition_changes_no_state():
    """An edit of a running machine's XML leaves it running."""
    machines = known()

    assert machines.take(LifecycleEvent(domain(1), DEFINED, 1)).state == "running"


def test_an_undefined_machine_that_still_runs():
    """It becomes transient, and goes with its qemu."""
    machines = known()
    message = machines.take(LifecycleEvent(domain(1), UNDEFINED, 0))

    assert (message.state, states(machines)) == ("running", ["running"])


def test_an_event_of_a_later_libvirt():
    """A machine without a name causes no event, and changes nothing."""
    machines = known()

    assert machines.take(LifecycleEvent(domain(1), 9, 0)) is None
    assert states(machines) == ["running"]


def test_figures_end_with_their_qemu():
    """A machine that stopped or restarted has no earlier figures."""
    machines = known()
    machines.measure(UUID, sample(0), None)
    machines.measure(UUID, sample(1), DiskTraffic(1, 1))
    machines.take(LifecycleEvent(domain(-1), STOPPED, 0))
    (vm,) = machines.status("running").vms

    assert (vm.cpu_percent, vm.memory_used_bytes, vm.disk_io, vm.network_io) == (None, None, None, None)


def test_figures_of_an_earlier_qemu_are_dropped():
    """A sample after a restart is dropped."""
    machines = known(active=2)
    machines.measure(UUID, sample(0, life=1), None)
    machines.measure(bytes(16), sample(0), None)

    assert machines.status("running").vms[0].memory_used_bytes is None


def test_without_demand_there_are_no_figures():
    """Dropped figures are null, not the last ones."""
    machines = known()
    machines.measure(UUID, sample(0), DiskTraffic(1, 1))
    machines.forget_figures()
    (vm,) = machines.status("running").vms

    assert (vm.memory_used_bytes, vm.disk_io, vm.state) == (None, None, "running")


def test_a_libvirt_that_does_not_answer():
    """Machines keep their names and lose their states, which are unknown now."""
    machines = known()
    machines.forget_states()
    (vm,) = machines.status("running").vms

    assert (vm.name, vm.state, vm.state_shown, vm.autostart, vm.vcpus) == ("haos", None, None, None, 2)


def test_no_machines_without_a_service():
    """Without a running service there are none, even if some were known."""
    assert known().status("stopped").vms == ()


def test_machines_that_are_gone():
    """Only those of the newest list stay."""
    machines = known()
    machines.keep_only(set())

    assert machines.status("running").vms == ()


def test_machines_are_sorted():
    """By name, whatever its case; two of one name by UUID."""
    machines = Machines()
    for number, name in enumerate(["b", "C", "a", "a"]):
        machines.learn(domain(-1, name, bytes([9 - number]) * 16), DomainInfo(5, 1, 1, 1), None)

    assert [vm.name for vm in machines.status("running").vms] == ["a", "a", "b", "C"]
    assert machines.active() == []
