"""What a password must be, how long it lasts, and what becomes of who guesses: login.defs and PAM."""

from hardener.host import last_word
from hardener.host.edits import at_lines, changed, giving
from hardener.host.errors import StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.pam import update
from hardener.host.pam.profile import written
from hardener.host.resource import Want
from hardener.host.text import dialects
from hardener.host.text.ini import Ini
from hardener.host.text.login_defs import LoginDefs

LOGIN_DEFS = "/etc/login.defs"
DICTIONARY = "/var/cache/cracklib/cracklib_dict.pwd"
FAILLOCK = "/etc/security/faillock.conf"
QUALITY = "/etc/security/pwquality.conf"
AGES = {"max_days": "PASS_MAX_DAYS", "min_days": "PASS_MIN_DAYS", "warn_days": "PASS_WARN_AGE"}
HASHES = {
    "encrypt_method": ("ENCRYPT_METHOD",),
    "rounds": ("SHA_CRYPT_MIN_ROUNDS", "SHA_CRYPT_MAX_ROUNDS"),
}
# Names of our own, so that a package that brings such a profile meets no file of ours.
BEFORE, AFTER, HISTORY = "hardener-faillock-notify", "hardener-faillock", "hardener-pwhistory"
HASHERS = ("/usr/sbin/chpasswd", "/usr/sbin/chgpasswd", "/usr/bin/gpasswd")
PROFILES = {"pam_faillock": (BEFORE, AFTER), "pam_pwhistory": (HISTORY,)}


def plan(params, view):
    if params.state == "absent":
        yield from taken_away(params, view)
        return
    stacks = params.quality or params.lockout or params.history or params.null_passwords is False
    if stacks:
        update.required(view)
    yield from defined(params, view)
    if params.quality:
        yield from judged(params, view)
    if params.lockout:
        yield from configured(params.lockout, view)
    if stacks:
        drop = [("pam_unix", word) for word in ("nullok", "nullok_secure")]
        yield from update.wants(
            view,
            own(params, view),
            ["pwquality"] if params.quality else (),
            drop if params.null_passwords is False else (),
        )


def taken_away(params, view):
    yield Want(File(drop_in(params)), ABSENT)
    ours = {name: None for names in PROFILES.values() for name in names}
    if view.exists(update.PROGRAM):
        yield from update.wants(view, ours)


# /etc/login.defs


def defined(params, view):
    values = {
        key: str(params.get(name)) for name, key in AGES.items() if params.get(name) is not None
    }
    known(params.encrypt_method, view)
    for name, keys in HASHES.items():
        if params.get(name) is not None:
            values.update({key: str(params[name]).upper() for key in keys})
    if not values:
        return
    file = File(view.resolve(LOGIN_DEFS))
    now = view.read(file)
    if not now.exists:
        raise StepError("there is no %s" % LOGIN_DEFS)

    def edit(text):
        conf = LoginDefs.parse(text)
        for key, value in sorted(values.items()):
            conf = conf.set(key, value)
        return str(conf)

    text = changed(file.id, now.text(), edit)
    if text == now.text():
        view.show(lambda: at_lines(file.id, giving(text, values.items())))
    yield Want(file, now.with_text(text))
    if params.max_days is not None or params.min_days is not None:
        view.note("accounts that are there keep the days that /etc/shadow gives them: chage(1)")


def known(method, view):
    """Refuse what this host's programs have no word of: to them it is DES (ENCRYPT_METHOD, shadow 4.8)."""
    path = next((each for each in HASHERS if view.exists(each)), None)
    if method != "yescrypt" or path is None:
        return
    if b"YESCRYPT" not in view.read(File(view.resolve(path))).content.bytes().upper():
        raise StepError(
            "%s of this host knows no yescrypt, and would hash by DES" % path,
            hint="write `encrypt_method: sha512`; Debian knows yescrypt there from 12 on",
        )


# pam_pwquality


def drop_in(params):
    return "%s.d/%s.conf" % (QUALITY, params.name)


def judged(params, view):
    if not view.exists(update.FOLDER + "/pwquality"):
        view.unless_arriving(File(update.FOLDER + "/pwquality"))
        raise StepError(
            "there is no pwquality on this host",
            hint="a step before this one can install it: package: libpam-pwquality",
        )
    dictionary(params, view)
    wanted = {key: word(value) for key, value in params.quality.items() if value is not False}
    if params["in"] == "file":
        yield from in_file(QUALITY, params.quality, view)
        return
    own_path, hint = (
        drop_in(params),
        "take that line out in a step before this one, or write `in: file`",
    )
    later = later_than(own_path, view)
    last_word.require(own_path, "", wanted, later, dialects.GENERIC, view, hint)
    text = "".join(assigned(key, value) for key, value in sorted(wanted.items()))
    folder = File(QUALITY + ".d")
    yield Want(folder, view.read(folder).as_directory())
    yield update.file(own_path, text, view)


def dictionary(params, view):
    """Without one pam_pwquality refuses every password; a distribution only recommends it."""
    if params.quality.get("dictcheck", 1) and not view.exists(DICTIONARY):
        view.unless_arriving(File(DICTIONARY))
        view.note("there is no dictionary, so no new password passes: package: cracklib-runtime")


def word(value):
    """None stands for a word that stands alone."""
    return None if value is True else str(value)


def assigned(key, value):
    return key + "\n" if value is None else "%s = %s\n" % (key, value)


def later_than(path, view):
    """The files that pam_pwquality reads after one, the main one being last (pwquality.conf(5))."""
    return [each for each in view.glob(QUALITY + ".d/*.conf") if each > path] + [QUALITY]


# pam_faillock


def configured(lockout, view):
    if not view.exists(FAILLOCK):
        raise StepError(
            "there is no %s" % FAILLOCK, hint="it comes with Linux-PAM 1.4 (Debian 11) and later"
        )
    yield from in_file(FAILLOCK, lockout, view)


def in_file(path, values, view):
    """Want these values in a file that is there; a word that is False goes out."""
    file = File(view.resolve(path))
    now = view.read(file)

    def edit(text):
        ini = Ini.parse(text, dialects.GENERIC)
        for key, value in sorted(values.items()):
            ini = ini.remove("", key) if value is False else ini.set("", key, word(value))
        return str(ini)

    text = changed(file.id, now.text(), edit)
    if text == now.text():
        pairs = [(key, word(value)) for key, value in values.items()]
        view.show(lambda: at_lines(file.id, giving(text, pairs)))
    yield Want(file, now.with_text(text))


# The stacks of PAM


def own(params, view):
    """Return {name: text} of our profiles; what another one has already is left to it."""
    found = {}
    if params.lockout:
        found.update(faillock())
    if params.history:
        found[HISTORY] = history(params.history)
    ours = [name for names in PROFILES.values() for name in names]
    there = update.modules(view, ours)
    for module, names in PROFILES.items():
        if module in there and names[0] in found:
            view.note("a PAM profile of this host has %s already: it stays as it is" % module)
            found = {name: text for name, text in found.items() if name not in names}
    return found


def faillock():
    """The lines of pam_faillock(8), above and below those that ask for the password."""
    return {
        BEFORE: written(
            "Refuse who has guessed too often, and forget it after a login (hardener)",
            1024,
            ("Auth", "Primary", "requisite\tpam_faillock.so preauth"),
            ("Account", "Primary", "required\tpam_faillock.so"),
        ),
        AFTER: written(
            "Count failed logins (hardener)",
            0,
            ("Auth", "Primary", "[default=die]\tpam_faillock.so authfail"),
        ),
    }


def history(params):
    """Behind pwquality, or as the first to ask: then there is no password yet that it could use."""
    words = "requisite\tpam_pwhistory.so remember=%d" % params["remember"]
    words += " enforce_for_root" if params["enforce_for_root"] else ""
    return written(
        "Take no password that was used before (hardener)",
        1024,
        ("Password", "Primary", words + " try_first_pass use_authtok"),
        ("Password-Initial", "Primary", words + " try_first_pass"),
    )
