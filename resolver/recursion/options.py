# SPDX-License-Identifier: Apache-2.0
"""Which options of unbound.conf reach libunbound: the tables, and the check of one `option`.

Tables hold names of unbound.conf(5) of 1.17 and 1.26. An option that no table knows is passed on:
a newer libunbound may know it, and one that does not says so when the configuration is proven.
"""

import re

from resolver.recursion.option_names import CLAUSES, OTHER_CLAUSES, SERVER

# Never passed on, neither from `option` nor from `config FILE`, and why.
WITHHELD = {
    "unwanted-reply-threshold": "libunbound ends the whole process when it is reached",
    "chroot": "the process stays in its own root",
    "username": "privileges are dropped by the command's -user",
    "directory": "libunbound would change the folder of the whole process",
    "pidfile": "the command's -pidfile writes it",
    "logfile": "libunbound's log goes into ours",
    "use-syslog": "libunbound's log goes into ours",
    "log-time-ascii": "libunbound's log goes into ours",
    "log-time-iso": "libunbound's log goes into ours",
    "log-thread-id": "libunbound's log goes into ours",
    "log-identity": "libunbound's log goes into ours",
    "val-log-level": "it is kept at 2, else bogus answers have no reason to tell",
    "module-config": 'it is always "validator iterator"',
    "auto-trust-anchor-file": "libunbound ends the process if it cannot write there; "
    "write trust_anchor auto",
    "do-daemonize": "the process stays in the foreground",
    "include": "write config FILE",
    "include-toplevel": "write config FILE",
}

_DAEMON = "only unbound's own server has it"
_USE = {
    "bind, and the port of the server block": "interface ip-address port interface-automatic "
    "interface-automatic-ports",
    "acl": "access-control access-control-tag access-control-tag-action access-control-tag-data "
    "access-control-view interface-action interface-tag interface-tag-action interface-tag-data "
    "interface-view",
    "log": "log-queries log-replies log-local-actions log-tag-queryreply log-destaddr",
    "cache": "prefetch serve-expired-client-timeout",
    "multisocket": "num-threads so-reuseport",
    "prometheus": "statistics-interval statistics-cumulative statistics-inhibit-zero "
    "extended-statistics shm-enable shm-key",
    "nsid": "nsid",
    "chaos": "hide-identity hide-version identity version hide-trustanchor",
    "dns64": "dns64-prefix dns64-synthall dns64-ignore-aaaa",
    "bufsize": "max-udp-size",
    "timeouts": "tcp-idle-timeout edns-tcp-keepalive edns-tcp-keepalive-timeout",
    "tls": "tls-service-key ssl-service-key tls-service-pem ssl-service-pem tls-port ssl-port "
    "tls-additional-port tls-session-ticket-keys",
}
_NOTHING = (
    "use-systemd incoming-num-tcp stream-wait-size so-rcvbuf so-sndbuf ip-transparent ip-freebind "
    "tcp-connection-limit proxy-protocol-port https-port http-endpoint http-max-streams "
    "http-query-buffer-size http-response-buffer-size http-nodelay http-notls-downstream quic-port "
    "quic-size deny-any answer-cookie cookie-secret cookie-secret-file ip-ratelimit "
    "ip-ratelimit-cookie ip-ratelimit-size ip-ratelimit-slabs ip-ratelimit-factor "
    "ip-ratelimit-backoff wait-limit wait-limit-cookie wait-limit-netblock "
    "wait-limit-cookie-netblock discard-timeout sock-queue-timeout pad-responses "
    "pad-responses-block-size ede ede-serve-expired dns-error-reporting response-ip "
    "response-ip-data response-ip-tag send-client-subnet client-subnet-zone "
    "client-subnet-always-forward max-client-subnet-ipv6 max-client-subnet-ipv4 "
    "min-client-subnet-ipv6 min-client-subnet-ipv4 max-ecs-tree-size-ipv4 max-ecs-tree-size-ipv6 "
    "ipsecmod-enabled ipsecmod-hook ipsecmod-strict ipsecmod-max-ttl ipsecmod-ignore-bogus "
    "ipsecmod-allow ipsecmod-whitelist python-script dynlib-file"
)

# Without effect in a library, and what does the job here.
USELESS = {name: f"{_DAEMON}; see {use}" for use, names in _USE.items() for name in names.split()}
USELESS |= dict.fromkeys(_NOTHING.split(), _DAEMON)

_TWO_WORDS = (
    "local-zone local-zone-tag ratelimit-for-domain ratelimit-below-domain edns-client-string "
    "response-ip response-ip-data response-ip-tag access-control access-control-tag "
    "access-control-view interface-action interface-tag interface-view tcp-connection-limit "
    "wait-limit-netblock wait-limit-cookie-netblock"
)
_THREE_WORDS = (
    "local-zone-override access-control-tag-action access-control-tag-data interface-tag-action "
    "interface-tag-data"
)

# How many words follow the name; 1 where not said.
ARGUMENTS = dict.fromkeys(_TWO_WORDS.split(), 2) | dict.fromkeys(_THREE_WORDS.split(), 3)

# Their value is a file: made absolute, and part of what the answers depend on.
FILES = frozenset(
    {
        "root-hints",
        "trust-anchor-file",
        "trusted-keys-file",
        "tls-cert-bundle",
        "ssl-cert-bundle",
        "zonefile",
    }
)

_PROCESS_WIDE = (
    "verbosity cache-max-ttl cache-min-ttl cache-max-negative-ttl cache-min-negative-ttl "
    "serve-expired serve-expired-ttl serve-expired-ttl-reset serve-expired-reply-ttl "
    "serve-original-ttl infra-cache-min-rtt infra-cache-max-rtt edns-buffer-size "
    "minimal-responses rrset-roundrobin max-global-quota unknown-server-time-limit "
    "permit-small-holddown"
)

# One value for the whole process: libunbound copies them into globals whenever a context is made.
PROCESS_WIDE = frozenset(_PROCESS_WIDE.split())

# Kept whole out of the text of `config FILE`: other programs', or of modules that are not loaded.
UNUSED_CLAUSES = {
    "remote-control": _DAEMON,
    "dnscrypt": _DAEMON,
    "dnstap": _DAEMON,
    "view": _DAEMON,
    "python": "its module is not loaded",
    "dynlib": "its module is not loaded",
    "cachedb": "its module is not loaded",
    "ipset": "its module is not loaded",
    "rpz": "its module is not loaded",
}

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def check_name(name: str) -> str | None:
    """Return why `option NAME` is refused, or None."""
    if name in WITHHELD:
        return f"option '{name}' is not passed on to libunbound: {WITHHELD[name]}"
    if name in USELESS:
        return f"option '{name}' has no effect here: {USELESS[name]}"
    if name in CLAUSES:
        return f"option '{name}' is a clause, not an option; write config FILE"
    if name in OTHER_CLAUSES:
        return (
            f"option '{name}' belongs to another clause than server; write stub, forward "
            "or config FILE"
        )
    if not _NAME.fullmatch(name):
        return f"not the name of an option: {name!r}{suggestion(name)}"
    return None


def check_value(value: str) -> str | None:
    """Return why a value is refused, or None: it must not end the quotes that we put around it."""
    if any(char < " " or char == "\x7f" for char in value):
        return f"control character in value {value!r}"
    if '"' in value or "'" in value:
        return f"quote in value {value!r}"
    if (len(value) - len(value.rstrip("\\"))) % 2:
        return f"backslash at the end of value {value!r}"
    return None


def suggestion(name: str) -> str:
    """Return `; the nearest known option is 'x'`, or nothing if none is near."""
    import difflib

    near = difflib.get_close_matches(name.lower(), SERVER, n=1, cutoff=0.6)
    return f"; the nearest known option is '{near[0]}'" if near else ""


def arguments(name: str, value: str) -> list[str]:
    """Return the words that follow an option's name; the last one takes the rest.

    Raises ValueError if there are too few.
    """
    count = ARGUMENTS.get(name, 1)
    words = [value] if count == 1 else value.split(None, count - 1)
    if len(words) < count:
        raise ValueError(f"option '{name}' wants {count} words")
    return words
