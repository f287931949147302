"""How a change is recognised as one of something that holds the way in."""

import posixpath
import re


class Subject:
    """One thing that holds the way in, by the names of what belongs to it.

    `files` are single files, and folders with all that is below them; the rest are
    regular expressions: for whole paths, unit names, package names, and for programs
    anywhere in a command.
    """

    def __init__(self, name, files=(), patterns=(), units="", packages="", programs=""):
        self.name = name
        self._within = tuple(each + "/" for each in files)
        self._patterns = re.compile("|".join("(?:%s)" % each for each in patterns) or "(?!)")
        self.units = re.compile(units and r"(%s)(\.(service|socket))?" % units)
        self.packages = re.compile(packages)
        self.programs = programs and re.compile(r"\b(%s)\b" % programs)

    def holds(self, path):
        """Does this file belong to it?"""
        path = posixpath.normpath(path)
        return (path + "/").startswith(self._within) or bool(self._patterns.fullmatch(path))

    def has_unit(self, name):
        return bool(self.units.fullmatch(name))

    def has_package(self, names):
        return any(self.packages.fullmatch(name) for name in names)

    def is_named(self, argv):
        """A command may do anything: one that names such a program or file is taken at its word.

        That it runs such a file, /usr/bin/sudo for one, changes nothing of it.
        """
        text = " ".join(argv)
        paths = re.findall(r"/[^\s'\";&|<>()]+", " ".join(argv[1:]))
        return bool(self.programs and self.programs.search(text)) or any(map(self.holds, paths))
