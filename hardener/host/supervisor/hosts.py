"""How a configuration is read: through a view, which a step is given and others make."""

from hardener.host.errors import HostError
from hardener.host.kinds import Kinds
from hardener.host.kinds.file import File
from hardener.host.run.view import View


class Host:
    """What config.load needs of a host."""

    def __init__(self, view):
        self.view = view

    def state(self, path):
        return self.view.read(File(self.view.resolve(path)))

    def text(self, path):
        state = self.state(path)
        return state.text() if state.type == "file" else None

    def unless_arriving(self, path):
        """Raise Unknown where a package of this play may bring what is not there yet."""
        self.view.unless_arriving(File(path))

    def glob(self, pattern):
        return self.view.glob(pattern)

    def is_folder(self, path):
        return self.state(path).type == "directory"

    def owner(self, path):
        return self.state(path).uid

    def uid(self, user):
        """The number of a user, or None where there is none."""
        try:
            return self.view.uid(user)
        except HostError:
            return None

    def node(self):
        """The host's name, for %(host_node_name)s: uname(2) of a running one."""
        found = self.text("/proc/sys/kernel/hostname" if self.view.live else "/etc/hostname")
        return (found or "localhost").strip()


def as_it_is(system, store=None):
    """A host without a preview over it, as it is when first asked: for effects and checks."""
    return Host(View(Kinds(system, store), {}).steady())
