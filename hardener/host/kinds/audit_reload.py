"""Have a running auditd read its configuration again: HUP, since it refuses to be restarted (auditd(8))."""

from hardener.host.errors import StepError
from hardener.host.facts.system import systemd
from hardener.host.kinds.effect import Effect

UNIT = "auditd.service"


class AuditReload(Effect):
    name = "audit_reload"

    def fire(self, id):
        active = ["systemctl", "is-active", "--quiet", UNIT]
        if not systemd(self.system) or not self.system.run(active, changes=False).ok:
            return
        ran = self.system.run(["systemctl", "kill", "--signal=HUP", "--kill-who=main", UNIT])
        if not ran.ok:
            raise StepError("auditd was not told to read its configuration", why=ran.why())

    def words(self, id):
        return "tell auditd to read its configuration"


KIND = AuditReload
