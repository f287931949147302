"""Memory and swap in bytes, by /proc/meminfo (proc(5))."""


def gather(system):
    if not system.live:
        return {"total": 0, "available": 0, "swap_total": 0, "swap_free": 0}
    known = meminfo(system)
    return {
        "total": known.get("MemTotal", 0),
        "available": known.get("MemAvailable", 0),
        "swap_total": known.get("SwapTotal", 0),
        "swap_free": known.get("SwapFree", 0),
    }


def meminfo(system):
    """Return {name: bytes}."""
    lines = system.read("/proc/meminfo").decode("ascii").splitlines()
    pairs = (line.split(":") for line in lines if ":" in line)
    return {name: int(rest.split()[0]) * 1024 for name, rest in pairs if rest.split()}
