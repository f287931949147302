"""The keywords of sshd_config(5): how they are spelt, which add up, which of them mean the same."""

from hardener.host.nearest import nearest

# Up to OpenSSH 10.0, with what Debian and Red Hat add.
NAMES = """
AcceptEnv AddressFamily AllowAgentForwarding AllowGroups AllowStreamLocalForwarding
AllowTcpForwarding AllowUsers AuthenticationMethods AuthorizedKeysCommand AuthorizedKeysCommandUser
AuthorizedKeysFile AuthorizedPrincipalsCommand AuthorizedPrincipalsCommandUser
AuthorizedPrincipalsFile Banner CASignatureAlgorithms ChannelTimeout ChrootDirectory Ciphers
ClientAliveCountMax ClientAliveInterval Compression DebianBanner DenyGroups DenyUsers
DisableForwarding ExposeAuthInfo FingerprintHash ForceCommand GatewayPorts GSSAPIAuthentication
GSSAPICleanupCredentials GSSAPIEnablek5users GSSAPIIndicators GSSAPIKexAlgorithms
GSSAPIKeyExchange GSSAPIStoreCredentialsOnRekey GSSAPIStrictAcceptorCheck
HostbasedAcceptedAlgorithms HostbasedAuthentication HostbasedUsesNameFromPacketOnly
HostCertificate HostKey HostKeyAgent HostKeyAlgorithms IgnoreRhosts IgnoreUserKnownHosts Include
IPQoS KbdInteractiveAuthentication KerberosAuthentication KerberosGetAFSToken
KerberosOrLocalPasswd KerberosTicketCleanup KerberosUniqueCCache KerberosUseKuserok KexAlgorithms
ListenAddress LoginGraceTime LogLevel LogVerbose MACs Match MaxAuthTries MaxSessions MaxStartups
ModuliFile PAMServiceName PasswordAuthentication PermitEmptyPasswords PermitListen PermitOpen
PermitRootLogin PermitTTY PermitTunnel PermitUserEnvironment PermitUserRC PerSourceMaxStartups
PerSourceNetBlockSize PerSourcePenalties PerSourcePenaltyExemptList PidFile Port PrintLastLog
PrintMotd PubkeyAcceptedAlgorithms PubkeyAuthentication PubkeyAuthOptions RDomain RefuseConnection
RekeyLimit RequiredRSASize RevokedKeys SecurityKeyProvider SetEnv SshdAuthPath SshdSessionPath
StreamLocalBindMask StreamLocalBindUnlink StrictModes Subsystem SyslogFacility TCPKeepAlive
TrustedUserCAKeys UnusedConnectionTimeout UseDNS UsePAM VersionAddendum X11DisplayOffset
X11Forwarding X11MaxDisplays X11UseLocalhost XAuthLocation
ChallengeResponseAuthentication HostbasedAcceptedKeyTypes PubkeyAcceptedKeyTypes
"""
SPELT = {name.lower(): name for name in NAMES.split()}
# Older names, which newer versions still take (servconf.c).
ALIASES = {
    "challengeresponseauthentication": "kbdinteractiveauthentication",
    "skeyauthentication": "kbdinteractiveauthentication",
    "hostbasedacceptedkeytypes": "hostbasedacceptedalgorithms",
    "pubkeyacceptedkeytypes": "pubkeyacceptedalgorithms",
    "dsaauthentication": "pubkeyauthentication",
    "hostdsakey": "hostkey",
}
# Of all others the first value counts; of these every line adds to those before it.
EACH_A_LINE = ("hostcertificate", "hostkey", "listenaddress", "port", "subsystem")
ONE_LINE = ("acceptenv", "allowgroups", "allowusers", "denygroups", "denyusers")
ADDED_UP = EACH_A_LINE + ONE_LINE
# Lists in one word.
COMMAS = (
    "casignaturealgorithms",
    "ciphers",
    "gssapikexalgorithms",
    "hostbasedacceptedalgorithms",
    "hostkeyalgorithms",
    "kexalgorithms",
    "macs",
    "pubkeyacceptedalgorithms",
)
# All to the end of the line is the value, quotes too.
WHOLE = (
    "authorizedkeyscommand",
    "authorizedprincipalscommand",
    "forcecommand",
    "subsystem",
    "versionaddendum",
)
BLOCKS = ("include", "match")  # no options


def folded(name):
    """Return the one name of a keyword, in lower case."""
    name = name.lower()
    return ALIASES.get(name, name)


def spelt(name):
    """Return a keyword as the manual spells it; None where the manual has none of that name."""
    return SPELT.get(name.lower())


def meant(name):
    return SPELT.get(nearest(name.lower(), sorted(SPELT)), "")
