"""How long each part of a step took, in seconds by the host's clock."""


class Laps:
    """The time since `begin`, part by part; what nobody named is the part of the stage itself."""

    def __init__(self, system, rest):
        self._clock = system.clock
        self._rest = rest
        self._took = {}
        self._at = 0.0

    def begin(self):
        """A step begins."""
        self._took, self._at = {}, self._clock()

    def end(self, part):
        """Say what the time since the last part, or the beginning, was for."""
        now = self._clock()
        self._took[part] = self._took.get(part, 0.0) + now - self._at
        self._at = now

    def taken(self):
        """The step is over: return {part: seconds}."""
        self.end(self._rest)
        return self._took
