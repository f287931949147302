"""The line of a user in /etc/shadow: password hash, lock, ages (shadow(5))."""

from hardener.host.accounts import days
from hardener.host.errors import StepError

PASSWORD, CHANGED, LEAST, MOST, WARN, INACTIVE, EXPIRES = range(1, 8)
AGES = {
    LEAST: "password_expire_min",
    MOST: "password_expire_max",
    WARN: "password_expire_warn",
    INACTIVE: "password_expire_account_disable",
}


def new(params, defaults, today):
    """Return the fields for a new user: no password fits, until one is given."""
    fields = [params.name, "!", str(today)] + [""] * 6
    if not params.system:  # passwords of services do not grow old (useradd(8))
        fields[LEAST] = shown(defaults.number("PASS_MIN_DAYS", -1))
        fields[MOST] = shown(defaults.number("PASS_MAX_DAYS", -1))
        fields[WARN] = shown(defaults.number("PASS_WARN_AGE", -1))
        fields[INACTIVE] = shown(defaults.number("INACTIVE", -1))
        fields[EXPIRES] = until(defaults.word("EXPIRE"))
    return changed(fields, params, today, True)


def changed(fields, params, today, fresh=False):
    """Return the fields with what the step asks for; the rest stays."""
    fields, was = list(fields), fields[PASSWORD]
    fields[PASSWORD] = password(was, params, fresh)
    if fields[PASSWORD].lstrip("!") != was.lstrip("!"):  # another lock is no other password
        fields[CHANGED] = str(today)
    for at, name in AGES.items():
        if getattr(params, name) is not None:
            fields[at] = shown(getattr(params, name))
    if params.expires is not None:
        fields[EXPIRES] = until(params.expires)
    return fields


def password(now, params, fresh):
    """Return the hash that is wanted; a lock is a ! before it (usermod(8))."""
    wanted = now
    if params.password is not None and (fresh or params.update_password == "always"):
        wanted = params.password
        # Somebody has locked just this password: to take that away needs `password_lock: false`.
        if wanted and wanted == now.lstrip("!"):
            wanted = now
    if params.password_lock is None:
        return wanted
    bare = wanted.lstrip("!")
    if params.password_lock:
        return "!" + bare
    if not bare and wanted:
        raise StepError(
            "%s has no password that could be unlocked" % params.name,
            why="without the lock, anybody could log in without a password",
            hint="give a `password` too",
        )
    return bare


def shown(number):
    """-1 is no limit, which is an empty field."""
    return "" if number is None or number < 0 else str(number)


def until(text):
    return "" if text in ("", "never") else str(days.number(text))
