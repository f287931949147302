"""Files of /etc/logrotate.d, as they are: a package's own say more than our step would."""

import posixpath

from hardener.host.kinds.file import File

FOLDER = "/etc/logrotate.d"


def steps(view, system):
    for name in sorted(view.listdir(FOLDER)):
        path = posixpath.join(FOLDER, name)
        state = view.read(File(path))
        if state.type != "file":
            yield "Rotation of %s" % name, None, "it is no file but a %s" % state.type
        else:
            params = {"path": path, "content": state.text(), "mode": "%04o" % state.mode}
            params.update(owner=state.uid, group=state.gid)
            yield "Rotation of %s" % name, "file", params
