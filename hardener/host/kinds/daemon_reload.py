"""systemd reads its unit files and drop-ins again; timers compute their next time anew.

Running services stay as they are. Rollback does the same once more after the files are back.
"""

from hardener.host.errors import StepError
from hardener.host.kinds.effect import Effect


class DaemonReload(Effect):
    name = "daemon_reload"

    def fire(self, id):
        ran = self.system.run(["systemctl", "daemon-reload"])
        if not ran.ok:
            raise StepError("systemctl daemon-reload failed", why=ran.why())

    def words(self, id):
        return "systemctl daemon-reload"


KIND = DaemonReload
