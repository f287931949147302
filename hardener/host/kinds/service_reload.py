"""Have a running unit read its configuration again, or restart it where it can't."""

from hardener.host.kinds.service_restart import ServiceRestart


class ServiceReload(ServiceRestart):
    name = "service_reload"
    verb = "try-reload-or-restart"


KIND = ServiceReload
