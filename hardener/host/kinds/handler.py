"""A play's handler: its steps are run by the engine; the host remembers for what they last ran.

Rollback runs them again, after everything else was put back.
"""

from hardener.host.kinds.effect import Effect


class Handler(Effect):
    name = "handler"

    def fire(self, id):
        """The engine has run the steps already."""


KIND = Handler
