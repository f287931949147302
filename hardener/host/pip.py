"""pip in a virtual environment: what it would install, how it is called, what is installed.

pip runs as the owner of the environment. What could hold a password, as the URL of an index, goes
by environment variables; nothing goes to pip's cache (pip, "Configuration").
"""

import json
import re

from hardener.host.door import owner
from hardener.host.errors import Denied, StepError
from hardener.host.typed import NamedTuple, Optional, Tuple

INSTALLED = re.compile(r"\A(.+?)-([^-]+)(?:-py[0-9.]+)?\.(?:dist|egg)-info\Z")
PINNED = re.compile(
    r"\A\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*==\s*([^\s;*,#]+)\s*(?:#.*)?\Z"
)
NAME = re.compile(r"\A\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
# pip opens /dev/stdin by its name: it has to be a pipe of the user's own.
PIPED = ["/bin/sh", "-c", 'cat | "$@"', "sh"]
TOO_OLD = "no such option"
WAIT = 1800  # seconds: a package that is built
# Which pip `python -m venv` puts in, and what comes with it until 3.12 (ensurepip; Debian keeps the wheels).
BUNDLED = """
import ensurepip, glob, json, os, sys
places = [os.path.join(os.path.dirname(ensurepip.__file__), "_bundled"),
          getattr(ensurepip, "_WHEEL_PKG_DIR", None), "/usr/share/python-wheels"]
names = ["pip"] + (["setuptools"] if sys.version_info < (3, 12) else [])
found = {}
for place in filter(None, places):
    for name in names:
        for path in sorted(glob.glob(os.path.join(place, name + "-*.whl"))):
            found.setdefault(name, path)
print(json.dumps(found))
"""


class Options(NamedTuple):
    """How packages are looked for; `user` is (uid, gid, groups) of who makes the environment."""

    index_url: Optional[str] = None
    extra_index_urls: Tuple[str, ...] = ()
    find_links: Tuple[str, ...] = ()
    no_index: bool = False
    only_binary: bool = False


class Request(NamedTuple):
    """Requirements, as words and as a file: its text, and its path unless it is only foretold."""

    words: Tuple[str, ...]
    file: Optional[str]
    text: Optional[str]
    upgrade: bool
    no_deps: bool
    options: Options
    python: str  # makes the environment, where there is none yet
    user: Optional[Tuple]


class Plan(NamedTuple):
    """The packages that will be, {name: version}, and the requirements that bring what is new."""

    packages: dict
    lines: Tuple[str, ...]
    resolved: bool


def canonical(name):
    """PEP 503"""
    return re.sub(r"[-_.]+", "-", name).lower()


def sites(system, top):
    """The folders where an environment keeps its packages."""
    return system.glob(top + "/lib/python3*/site-packages")


def installed(system, top):
    """Return {name: version} by the folders that pip leaves of each package."""
    names = [name for site in sites(system, top) for name in system.listdir(site)]
    matches = [INSTALLED.match(name) for name in names if not name.startswith("~")]
    return {canonical(m.group(1)): m.group(2) for m in matches if m}


def plan(system, top, request, foretold):
    """What pip would make of an environment that is not there yet, or has {name: version} by then."""
    there = system.lstat(top + "/bin/python") is not None
    now = installed(system, top) if there else {}
    user = identity(system, top, request.user)
    command = [top + "/bin/python", "-m", "pip"]
    if not there:
        wheels = bundled(system, request.python, user)
        now = {name: wheel_version(path) for name, path in wheels.items()}
        command = [request.python, wheels["pip"] + "/pip"]
    asked = Asked(system, command, request, user, there)
    ran = asked.dry(request)
    if ran.ok:
        new = {n: v for n, v in foretold.items() if now.get(n) != v}
        return asked.after(new, reported(foretold or now, json.loads(ran.out)), foretold)
    if ran.code == 2 and TOO_OLD in ran.err:
        return pinned(foretold or now, request)
    raise StepError("pip can't install that", where=top, why=ran.why())


class Asked:
    """Dry runs of one pip, which knows nothing of what earlier steps of the play will bring."""

    def __init__(self, system, command, request, user, there):
        self._system = system
        self._command = command
        self._request = request
        self._user = user
        self._there = there

    def dry(self, request):
        words = ["install", "--dry-run", "--quiet", "--report", "-"]
        words += ["--upgrade"] if request.upgrade else []
        words += ["--no-deps"] if request.no_deps else []
        words += [] if self._there else ["--ignore-installed"]
        words += ["-r", request.file] if request.file else []
        words += ["-r", "/dev/stdin"] if request.text is not None and not request.file else []
        words += ["--"] + list(request.words) if request.words else []
        return run(
            self._system,
            self._command + words,
            request.options,
            self._user,
            request.text or "",
            changes=False,
        )

    def after(self, new, found, foretold):
        """The same once `new` is there: pip keeps it where it will do, and takes the rest as before."""
        other = {n for n in new if found.packages.get(n) != new[n]} - self._upgraded()
        if not other:
            return found
        words = tuple("%s==%s" % (n, new[n]) for n in sorted(other))
        ran = self.dry(self._request._replace(words=self._request.words + words))
        kept = reported(foretold, json.loads(ran.out)) if ran.ok else found
        rest = (set(found.packages) | set(kept.packages)) - other
        same = all(found.packages.get(n) == kept.packages.get(n) for n in rest)
        return kept if same else found

    def _upgraded(self):
        if not self._request.upgrade:
            return set()
        return {canonical(m.group(1)) for m in map(NAME.match, lines_of(self._request)) if m}


def lines_of(request):
    """The requirements of a request, one each."""
    lines = list(request.words) + (request.text or "").splitlines()
    return [each for each in lines if each.split("#", 1)[0].strip()]


def wheel_version(path):
    return path.rpartition("/")[2].split("-")[1]


def identity(system, top, user):
    """Who owns the environment, or will: (uid, gid, groups), None for us."""
    return owner.identity(system, top) if system.lstat(top) is not None else user


def bundled(system, python, user):
    """Return {name: path of the wheel} of what `python -m venv` brings."""
    ran = run(system, [python, "-c", BUNDLED], Options(), user, changes=False)
    found = json.loads(ran.out) if ran.ok else {}
    if "pip" not in found:
        raise StepError(
            "%s can't make a virtual environment" % python,
            why=ran.why() if not ran.ok else "it has no pip to put in",
            hint="a step before this one can bring what it lacks: package: python3-venv",
        )
    return found


def reported(now, report):
    """Read the report of a dry run: pip, "Installation Report"."""
    packages, lines = dict(now), []
    sums = [each.get("download_info", {}).get("archive_info") for each in report["install"]]
    for each in report["install"]:
        name, version = canonical(each["metadata"]["name"]), each["metadata"]["version"]
        if packages.get(name) == version and not each.get("is_direct"):
            continue
        packages[name] = version
        lines.append(line(name, version, each, all(map(digest, sums))))
    return Plan(packages, tuple(lines), True)


def digest(archive):
    """The SHA-256 of an archive in a report, in the form of pip 22 or of later ones; "" if it has none."""
    archive = archive or {}
    return (
        archive.get("hashes", {}).get("sha256") or archive.get("hash", "").partition("sha256=")[2]
    )


def line(name, version, each, hashed):
    found = each.get("download_info", {})
    text = "%s @ %s" % (name, found["url"]) if each.get("is_direct") else "%s==%s" % (name, version)
    return text + (" --hash=sha256:" + digest(found.get("archive_info")) if hashed else "")


def pinned(now, request):
    """What a pip before 22.2 will do can be told for exact versions alone; the proof tells if it did more."""
    lines, packages = lines_of(request), dict(now)
    for each in lines:
        match = PINNED.match(each)
        if not match:
            raise StepError(
                "this pip can't tell beforehand what `%s` will bring" % each.strip(),
                hint="write `NAME==VERSION`, or bring pip 22.2 or newer by a step before this one",
            )
        packages[canonical(match.group(1))] = match.group(2)
    return Plan(packages, tuple(lines), request.no_deps)


def run(system, argv, options, user, stdin="", changes=True):
    """Run a program as the owner of an environment, with what pip reads of its environment."""
    if user and not system.may_be(user[0]):
        raise Denied("pip is to run as user %d, and only root can see to that" % user[0])
    env = dict(variables(options), HOME=owner.home(system, user[0])) if user else variables(options)
    return system.run(
        PIPED + argv if stdin else argv,
        stdin.encode("utf-8", "surrogateescape"),
        env,
        timeout=WAIT,
        cwd="/",
        user=user if system.privileged else None,
        changes=changes,
        limit=64 << 20,
    )


def variables(options):
    """pip, "Environment Variables"; breaking system packages is only said where nothing is installed."""
    env = {
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "PIP_BREAK_SYSTEM_PACKAGES": "1",
        "PIP_REQUIRE_VIRTUALENV": "0",
    }
    env.update({"PIP_INDEX_URL": options.index_url} if options.index_url else {})
    env.update(
        {"PIP_EXTRA_INDEX_URL": " ".join(options.extra_index_urls)}
        if options.extra_index_urls
        else {}
    )
    env.update({"PIP_FIND_LINKS": " ".join(options.find_links)} if options.find_links else {})
    env.update({"PIP_NO_INDEX": "1"} if options.no_index else {})
    env.update({"PIP_ONLY_BINARY": ":all:"} if options.only_binary else {})
    return env
