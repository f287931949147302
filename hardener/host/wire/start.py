"""Start what of the host's code is wanted: `python -I -S -X utf8 start.py MODULE:FUNCTION [WORD ...]`.

The folder that keeps the code holds this file, the sources (JSON, path to text), and for each Python
that came by the bytecode of what it has loaded so far. One file is read sooner than a hundred, and
what no play asks for is never compiled.
"""

import binascii
import json
import marshal
import os
import sys
from importlib.machinery import ModuleSpec

PACKAGE = "hardener"
SOURCES = "sources.json"
SHOWN = "<host>/"  # before a path in tracebacks, whose lines come by `get_source`
# Bytecode is of one Python alone.
BYTECODE = "bytecode-%s-%x" % (sys.implementation.cache_tag, sys.hexversion)


def begin(code, entry, *arguments, **named):
    """Call `module:function`; exit with 0 or 1, which the shell does not take for «no Python»."""
    sys.meta_path.insert(0, code)
    module, _, name = entry.partition(":")
    __import__(module)
    failed = getattr(sys.modules[module], name)(*arguments, **named)
    code.keep()
    end(1 if failed else 0)


def end(status):
    """End at once: to take apart what was loaded costs a tenth of a second run, and nobody sees it."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.flush()
    os._exit(status)


class Code:
    """Import the package from the folder that keeps it, or from `files` where the disk can't keep it."""

    def __init__(self, folder, files=None):
        self.folder = folder
        self._files = files
        self._fresh = False  # is there bytecode that the disk has not got?
        self._bytecode = {}
        if folder:
            try:
                with open(folder + "/" + BYTECODE, "rb") as file:
                    self._bytecode = marshal.loads(file.read())  # noqa: S302 - ours, as the sources are
            except (OSError, EOFError, ValueError, TypeError):
                pass  # not there yet, or damaged: compiled anew

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] != PACKAGE:
            return None
        base = name.replace(".", "/")
        places = (base + ".py", base + "/__init__.py")
        file = one_of(places, self._bytecode) or one_of(places, self._sources())
        return self._spec(name, file, file == places[1]) if file else None

    def _spec(self, name, file, package):
        place = self.folder + "/" if self.folder else SHOWN
        spec = ModuleSpec(name, self, origin=place + file, loader_state=file, is_package=package)
        spec.has_location = bool(self.folder)
        return spec

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(self._compiled(module.__spec__.loader_state), module.__dict__)  # noqa: S102 - our own code

    def get_source(self, name):
        """Return the text of a module, for tracebacks."""
        return self._sources().get(self.find_spec(name).loader_state, "")

    def keep(self):
        """Write what was compiled, whole or not at all, unless nothing is to be written here."""
        if not self.folder or not self._fresh or sys.dont_write_bytecode:
            return
        beside = "%s/new-%s" % (
            os.path.dirname(self.folder),
            binascii.hexlify(os.urandom(8)).decode(),
        )
        try:
            with open(beside, "xb") as file:
                write(file, marshal.dumps(self._bytecode))
            os.rename(beside, self.folder + "/" + BYTECODE)
        except OSError:
            remove(beside)

    def _sources(self):
        if self._files is None:
            with open(self.folder + "/" + SOURCES, "rb") as file:
                self._files = json.loads(file.read().decode("utf-8"))
        return self._files

    def _compiled(self, file):
        if file in self._bytecode:
            return marshal.loads(self._bytecode[file])  # noqa: S302 - our own, as the sources are
        code = compile(self._sources()[file], SHOWN + file, "exec", dont_inherit=True)
        self._bytecode[file] = marshal.dumps(code)
        self._fresh = True
        return code


def one_of(names, known):
    for name in names:
        if name in known:
            return name
    return None


def lay(files, folder):
    """Have a new folder keep the code: this module and all sources, synced."""
    texts = {"start.py": files["hardener/host/wire/start.py"], SOURCES: json.dumps(files)}
    for name, text in texts.items():
        with open(folder + "/" + name, "xb") as file:
            write(file, text.encode("utf-8"))


def write(file, data):
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


def remove(path):
    try:
        os.unlink(path)
    except OSError:
        pass


if __name__ == "__main__":
    os.umask(0o077)
    begin(Code(os.path.dirname(os.path.abspath(__file__))), sys.argv[1], *sys.argv[2:])
