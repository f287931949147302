"""Restart a running unit; one that does not run stays so (the step starts it by its own want)."""

from hardener.host import access, units
from hardener.host.errors import StepError
from hardener.host.facts.system import systemd
from hardener.host.kinds.effect import Effect


class ServiceRestart(Effect):
    name = "service_restart"
    verb = "try-restart"

    def fire(self, id):
        if not systemd(self.system):
            return
        ran = self.system.run(
            ["systemctl", "--no-ask-password", self.verb, units.full(id)], timeout=300
        )
        if not ran.ok:
            raise StepError(self.words(id) + " failed", why=ran.why())

    def risk(self, id, before, after):
        return access.by_unit(id)

    def words(self, id):
        return "systemctl %s %s" % (self.verb, id)


KIND = ServiceRestart
