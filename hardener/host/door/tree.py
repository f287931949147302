"""All that lies below a folder of the host."""

import stat


def below(system, path):
    """Yield this path and all below it, parents first, links not followed; nothing where nothing is."""
    info = system.lstat(path)
    if info is None:
        return
    yield path
    if stat.S_ISDIR(info.st_mode):
        for name in system.listdir(path):
            yield from below(system, path.rstrip("/") + "/" + name)
