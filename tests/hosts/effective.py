"""What OpenSCAP and Lynis find wanting although the host does what they ask for, each shown by the host.

OpenSCAP looks into one file, where the daemon reads its drop-ins too, or for one way of several. Here
the daemon itself is asked, or tried: a rule counts as kept only if what it says is what is expected.
"""

import re

from lab.host import Host
from lab.tree import PASSWORD

SSHD = "sshd -T | grep -i '^%s '"
LAST = "systemd-analyze cat-config systemd/journald.conf | grep ^%s= | tail -n 1"
# As pam_pwquality reads them: the last word counts, which the main file has (pwquality.conf(5)).
QUALITY = "cat /etc/security/pwquality.conf.d/*.conf /etc/security/pwquality.conf 2> /dev/null | grep '^%s' | tail -n 1"
# Root sets a password, and pam_pwquality is asked; one that passes does not stay.
NEW = """
old=$(getent shadow trader | cut -d : -f 2)
echo 'trader:%s' | chpasswd 2>&1 && usermod -p "$old" trader
"""
KEX = r"(mlkem768x|sntrup761x|curve)25519-sha(256|512)(@[a-z.]+)?|diffie-hellman-group1[68]-sha512"
# In one session, since one that begins well opens the lock. sudo asks twice each time, and hears nothing then.
GUESSES = f"""
su ops -c 'for guess in wrong wrong {PASSWORD}; do echo $guess | sudo -k -S echo in; done' 2> /dev/null
faillock --user ops | grep -c ' V$'
faillock --user ops --reset
"""

NIGHTLY = """
if grep -q bullseye /etc/os-release; then stat -c %A /etc/cron.daily/aide
else systemctl is-enabled dailyaidecheck.timer; systemctl is-active dailyaidecheck.timer; fi
"""

#: rule: (command, what its output must be; a regular expression)
RULES = {
    "sshd_disable_root_login": (SSHD % "permitrootlogin", r"\w+ no"),
    "sshd_set_keepalive": (SSHD % "clientalivecountmax", r"\w+ [0-3]"),
    "sshd_set_idle_timeout": (SSHD % "clientaliveinterval", r"\w+ ([1-9]\d?|[12]\d\d|300)"),
    "disable_host_auth": (SSHD % "hostbasedauthentication", r"\w+ no"),
    "sshd_disable_empty_passwords": (SSHD % "permitemptypasswords", r"\w+ no"),
    "sshd_disable_rhosts": (SSHD % "ignorerhosts", r"\w+ yes"),
    "sshd_do_not_permit_user_env": (SSHD % "permituserenvironment", r"\w+ no"),
    "sshd_enable_warning_banner_net": (SSHD % "banner", r"\w+ /etc/issue.net"),
    "sshd_set_login_grace_time": (SSHD % "logingracetime", r"\w+ ([1-9]|[1-5]\d|60)"),
    "sshd_set_loglevel_info": (SSHD % "loglevel", r"\w+ (INFO|VERBOSE)"),  # CIS takes both
    "sshd_set_max_auth_tries": (SSHD % "maxauthtries", r"\w+ [1-4]"),
    "sshd_set_max_sessions": (SSHD % "maxsessions", r"\w+ ([1-9]|10)"),
    "sshd_set_maxstartups": (SSHD % "maxstartups", r"\w+ 10:30:60"),
    "sshd_use_strong_ciphers": (
        SSHD % "ciphers",
        r"\w+ (aes(128|192|256)-(ctr|gcm@openssh.com),?)+",
    ),
    "sshd_use_strong_kex": (SSHD % "kexalgorithms", rf"\w+ (({KEX}),?)+"),
    "sshd_use_strong_macs": (
        SSHD % "macs",
        r"\w+ ((hmac-sha2-(256|512)|umac-128)-etm@openssh.com,?)+",
    ),
    "journald_compress": (LAST % "Compress", "Compress=yes"),
    "journald_storage": (LAST % "Storage", "Storage=persistent"),
    "journald_disable_forward_to_syslog": (LAST % "ForwardToSyslog", "ForwardToSyslog=no"),
    "accounts_password_pam_minlen": (NEW % "Kx7#qPz2!mWv4", ".*shorter than 14 characters.*"),
    "accounts_password_pam_enforcing": (NEW % "Kx7#qPz2!mWv4", ".*pam_chauthtok.. failed.*"),
    "accounts_password_pam_enforce_root": (NEW % "Kx7#qPz2!mWv4", ".*shorter than 14 characters.*"),
    "accounts_password_pam_maxrepeat": (
        NEW % "Kx7#qPPPPz2!mWv4",
        ".*more than 3 same characters.*",
    ),
    "accounts_password_pam_maxsequence": (NEW % "Kx7#efghijz2!mWv4", ".*sequence longer than 3.*"),
    "accounts_password_pam_dictcheck": (
        NEW % "C0n$titutional",
        ".*based on a dictionary word.*",
    ),
    "accounts_password_pam_difok": (QUALITY % "difok", "difok = 2"),
    "accounts_passwords_pam_faillock_enabled": (GUESSES, "4"),
    "accounts_passwords_pam_faillock_deny": (
        "sed -n '/^deny/p' /etc/security/faillock.conf",
        "deny = 4",
    ),
    "accounts_passwords_pam_faillock_unlock_time": (
        "sed -n '/^unlock_time/p' /etc/security/faillock.conf",
        "unlock_time = 900",
    ),
    "aide_build_database": ("test -s /var/lib/aide/aide.db && echo there", "there"),
    "aide_periodic_checking_systemd_timer": (  # Debian's has another name; Debian 11 has cron do it
        NIGHTLY,
        r"enabled\nactive|-rwx.*",
    ),
    "disable_users_coredumps": ("su trader -s /bin/bash -c 'ulimit -Hc'", "0"),
    "sysctl_kernel_kptr_restrict": ("sysctl -n kernel.kptr_restrict", "[12]"),  # 2 hides more
}

#: What Lynis suggests (how it begins): the same. It knows rsyslog, syslog-ng and Wazuh alone.
SUGGESTIONS = {"LOGG-2154|": ("systemctl is-active systemd-journal-upload", "active")}
#: What it suggests to a container, whose kernel, audit and AppArmor are those of its machine.
OF_A_MACHINE = ("KRNL-5788|", "ACCT-9628|", "MACF-6208|")


#: What a night or an owner has to do before, or the kernel that hosts share has from another one.
NOT_ALWAYS = ("aide_build_database", "sshd_disable_root_login", "sysctl_kernel_kptr_restrict")


def kept(host: Host, failed: list[str]) -> list[str]:
    """Return those of the failed rules that the host is shown to keep."""
    return [rule for rule in failed if rule in RULES and shown(host, *RULES[rule])]


def followed(host: Host, suggestions: list[str]) -> list[str]:
    """Return those of Lynis's suggestions that the host is shown to follow already."""
    return [
        each
        for each in suggestions
        for start, question in SUGGESTIONS.items()
        if each.startswith(start) and shown(host, *question)
    ]


def of_a_machine(host: Host, suggestions: list[str]) -> list[str]:
    """Return those that only a machine could follow, where the host says that it is a container."""
    contained = shown(host, "systemd-detect-virt --container", r"(?!none)\S+")
    return [each for each in suggestions if contained and each.startswith(OF_A_MACHINE)]


def lost(host: Host) -> list[str]:
    """Return the rules of the table that a host with the baseline does not keep; AIDE's wait for a night."""
    return [r for r in RULES if r not in NOT_ALWAYS and not shown(host, *RULES[r])]


def shown(host: Host, command: str, expected: str) -> bool:
    said = host.sh("{ %s\n} 2>&1 || true" % command).strip()
    return re.fullmatch(expected, said, re.DOTALL) is not None
