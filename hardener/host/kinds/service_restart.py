"""Restart a running unit; one that does not run stays so (the step starts it by its own want)."""

from hardener.host import access
from hardener.host.errors import StepError
from hardener.host.facts.system import systemd
from hardener.host.kinds.effect import Effect
from hardener.host.systemd import units


class ServiceRestart(Effect):
    name = "service_restart"
    verb = "try-restart"

    def fire(self, id):
        if not systemd(self.system):
            return
        ran = self._systemctl(self.verb, id)
        if not ran.ok and self._too_often(id):
            # It is down now, and no try-… would start it; systemctl(1): this resets the counter.
            self._systemctl("reset-failed", id)
            ran = self._systemctl("start", id)
        if not ran.ok:
            raise StepError(self.words(id) + " failed", why=ran.why())

    def _systemctl(self, verb, id):
        return self.system.run(
            ["systemctl", "--no-ask-password", verb, units.full(id)], timeout=300
        )

    def _too_often(self, id):
        """Has systemd taken our restarts, and those of a moment ago, for a crash loop (StartLimitBurst=)?"""
        argv = ["systemctl", "show", "--property=Result", "--", units.full(id)]
        return "start-limit-hit" in self.system.run(argv, changes=False).out

    def risk(self, id, before, after):
        return access.by_unit(id)

    def words(self, id):
        return "systemctl %s %s" % (self.verb, id)


KIND = ServiceRestart
