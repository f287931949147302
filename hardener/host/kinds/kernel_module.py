"""A module of the running kernel: loaded or not, and with which parameters (proc(5), /sys/module).

`rmmod` takes out this one alone; `modprobe -r` would take along what it hangs on. A rollback has
`modprobe` load it again, past an `install` line that keeps it out, and sets its parameters where the
kernel lets them be set; those that it does not are told as not brought back.
"""

import contextlib

from hardener.host import access
from hardener.host.door import capabilities
from hardener.host.errors import StepError
from hardener.host.kinds.base import BEST_EFFORT, Kind
from hardener.host.resource import Resource
from hardener.host.text import modprobe
from hardener.host.typed import NamedTuple, Tuple

LOADED = "/proc/modules"
FINAL = "/proc/sys/kernel/modules_disabled"
FOLDER = "/sys/module/%s/"


class Module(NamedTuple):
    """`parameters` are those that can be read: (name, value)."""

    loaded: bool
    parameters: Tuple[Tuple[str, str], ...] = ()


def KernelModule(name):  # noqa: N802 - reads as the thing that it names
    return Resource("kernel_module", modprobe.canonical(name))


class KernelModuleKind(Kind):
    name = "kernel_module"
    State = Module
    reverse = BEST_EFFORT

    def read(self, ids):
        there = {name for name, *_ in loaded(self.system)}
        return {id: Module(id in there, self._parameters(id)) for id in ids}

    def _parameters(self, id):
        folder = FOLDER % id + "parameters/"
        found = []
        for name in self.system.listdir(folder):
            with contextlib.suppress(OSError):  # some can't be read at times
                if self.system.lstat(folder + name).st_mode & 0o444:
                    found.append((name, self.system.read(folder + name).decode("utf-8").strip()))
        return tuple(found)

    def ask(self, id, question, view):
        """Return [(module, why it stays)] of these that are loaded, in the order in which they can go."""
        going, staying = in_use(self.system, question)
        fixed = self._fixed()
        lasting = {n for n, _, users in loaded(self.system) if modprobe.PERMANENT in users}
        stays = {name: fixed or "it is permanent" * (name in lasting) for name in going}
        return [(name, stays[name]) for name in going] + sorted(staying.items())

    def _fixed(self):
        """Why none can be unloaded here; "" where it can."""
        if self.system.lstat(FINAL) is not None and self.system.read(FINAL).strip() == b"1":
            return "kernel.modules_disabled is 1"
        if not capabilities.effective(self.system) & 1 << capabilities.SYS_MODULE[1]:
            return "it takes CAP_SYS_MODULE"
        return "" if self.system.which("rmmod") else "there is no rmmod"

    def write(self, id, before, after):
        self._run(["modprobe", "-i", id] if after.loaded else ["rmmod", id])
        for name, value in after.parameters:
            path = FOLDER % id + "parameters/" + name
            info = self.system.lstat(path)
            if info and info.st_mode & 0o200 and (name, value) not in self._parameters(id):
                self.system.poke(path, value.encode("utf-8") + b"\n")

    def _run(self, argv):
        ran = self.system.run(argv)
        if not ran.ok:
            raise StepError("%s failed" % " ".join(argv), why=ran.why())

    def risk(self, id, before, after):
        """What has no device and no user may still be of the network: bonding, wireguard."""
        return access.ACCESS

    def exists(self, state):
        return state.loaded


def loaded(system):
    """Return modprobe.loaded of this kernel; one that is built without modules has none."""
    there = system.lstat(LOADED) is not None
    return modprobe.loaded(system.read(LOADED).decode("utf-8", "replace") if there else "")


def in_use(system, names):
    """Return modprobe.idle of these modules; what drives a device is in use, whatever its count says."""
    driving = {name: driven(system, name) for name in names}
    return modprobe.idle(loaded(system), names, {n: each for n, each in driving.items() if each})


def driven(system, name):
    """Return the devices that a module's drivers have, such as 0000:00:03.0."""
    drivers = FOLDER % name + "drivers"
    return [
        device
        for driver in system.listdir(drivers)
        for device in system.listdir(drivers + "/" + driver, follow=True)
        if system.listdir("%s/%s/%s" % (drivers, driver, device), follow=True)
        and device != "module"
    ]


KIND = KernelModuleKind
