# SPDX-License-Identifier: Apache-2.0
"""What other resolvers are told: templates of their configurations, which peers.py fills in."""

UNBOUND = """\
server:
    interface: {host}@{port}
    num-threads: {threads}
    so-reuseport: yes
    do-daemonize: no
    chroot: ""
    username: ""
    pidfile: ""
    directory: "{folder}"
    use-syslog: no
    verbosity: 0
    do-not-query-localhost: no
    do-ip6: {ipv6}
    root-hints: "{hints}"
    trust-anchor-file: "{anchors}"
    module-config: "validator iterator"
    edns-buffer-size: 1232
    outgoing-range: 4096
    num-queries-per-thread: 2048
    msg-cache-size: 512m
    rrset-cache-size: 512m
    aggressive-nsec: no
remote-control:
    control-enable: no
"""

KRESD = """\
net.listen('{host}', {port}, {{ kind = 'dns' }})
net.ipv6 = {has_ipv6}
option('ALLOW_LOCAL', true)
cache.open(2000 * MB, 'lmdb://{folder}/cache')
trust_anchors.remove('.')
{kresd_anchors}
modules.unload('priming')
modules.load('hints > iterate')
hints.root_file('{hints}')
"""

NAMED = """\
options {{
    directory "{folder}";
    pid-file none;
    session-keyfile none;
    listen-on port {port} {{ {host}; }};
    listen-on-v6 {{ none; }};
    recursion yes;
    dnssec-validation yes;
    empty-zones-enable no;
    max-cache-size 1g;
    edns-udp-size 1232;
    recursive-clients 4096;
    notify no;
}};
controls {{ }};
zone "." {{ type hint; file "{hints}"; }};
trust-anchors {{
{named_anchors}
}};
"""

# the settings of versions before 5
RECURSOR = """\
local-address={host}
local-port={port}
threads={threads}
daemon=no
config-dir={folder}
socket-dir={folder}
hint-file={hints}
dnssec=validate
dont-query=
query-local-address=0.0.0.0{and_ipv6}
lua-config-file={folder}/anchors.lua
max-cache-entries=2000000
max-packetcache-entries=2000000
max-mthreads=2048
security-poll-suffix=
loglevel=3
quiet=yes
extended-resolution-errors=no
"""

# and of those since
RECURSOR_YAML = """\
incoming:
  listen: ["{host}:{port}"]
recursor:
  threads: {threads}
  daemon: false
  socket_dir: "{folder}"
  hint_file: "{hints}"
  max_mthreads: 2048
  security_poll_suffix: ""
  extended_resolution_errors: false
dnssec:
  validation: validate
  trustanchors:
{recursor_anchors}
outgoing:
  dont_query: []
  source_address: ["0.0.0.0"{quoted_ipv6}]
recordcache:
  max_entries: 2000000
packetcache:
  max_entries: 2000000
logging:
  loglevel: 3
  quiet: true
"""

COREDNS = """\
.:{port} {{
    bind {host}
    errors
    loadbalance
    cache {{
        success 1000000
        denial 1000000
    }}
    forward . {host}:{upstream}
}}
"""
