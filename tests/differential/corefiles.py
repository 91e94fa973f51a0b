# SPDX-License-Identifier: Apache-2.0
"""The Corefiles under which both engines are asked, by what is in them."""

PLAIN = ". {\n bind 127.0.0.1\n loadbalance\n cache\n played\n}"

CACHES = {
    "plain": "cache",
    "no longer than 45 s": "cache 45",
    "bounds": "cache {\n success 4000 200 30\n denial 2000 40 10\n}",
    "keepttl": "cache {\n keepttl\n}",
    "no failures": "cache {\n servfail 0\n}",
    "failures for long": "cache {\n servfail 1m\n}",
    "nothing of two kinds": "cache {\n disable success one.played.example\n disable denial\n}",
    "a zone": "cache 60 denied.played.example four.played.example",
    "stale at once": "cache {\n serve_stale 1h\n}",
    "stale at once, with words": "cache {\n serve_stale 10m immediate 5s 40s\n}",
    "stale if it has to be": "cache {\n serve_stale 1h verify 1s 7s\n}",
    "stale, denials wait": "cache {\n serve_stale\n serve_stale_policy prefer_positive\n}",
    "prefetch": "cache {\n prefetch 1 1h 90%\n}",
    "prefetch late": "cache {\n prefetch 3 1m 20%\n}",
    "prefetch by count": "cache {\n prefetch 21 1h 90%\n}",
    "prefetch and stale": "cache {\n prefetch 2\n serve_stale\n keepttl\n}",
}
"""Properties of `cache`."""

BLOCKS = {
    "acl": """
. {
    bind 127.0.0.1
    acl one.played.example {
        block type A net 127.0.0.2
        filter type AAAA
        allow net 127.0.0.3
        drop type MX net 127.0.0.0/8
    }
    acl {
        filter net 127.0.0.4/30
        block type ANY
        allow
    }
    cache
    played
}""",
    "views": """
. {
    bind 127.0.0.1
    view second {
        expr incidr(client_ip(), '127.0.0.2/32') && type() in ['A', 'MX']
    }
    cache 30
    played
}
. {
    bind 127.0.0.1
    view named {
        expr name() == 'one.played.example.' || proto() == 'tcp'
    }
    loadbalance
    cache 20 {
        keepttl
    }
    played
}
played.example {
    bind 127.0.0.1
    view computed {
        expr size() > 60 && len(name()) > 3
    }
    cache 10
    played
}
. {
    bind 127.0.0.1
    cache 100
    played
}""",
    "two partitions": """
played.example {
    bind 127.0.0.1
    loadbalance
    cache 100
    played
}
four.played.example example {
    bind 127.0.0.1
    cache 50
    minimal
    played
}""",
    "answers beside": """
. {
    bind 127.0.0.1
    any
    chaos "a version" "an author"
    nsid "a server"
    bufsize 1100
    local
    loadbalance
    cache
    minimal
    header {
        response set aa
        response clear ra
    }
    played
}""",
    "header and sizes": """
. {
    bind 127.0.0.1
    bufsize 4096
    cache
    header {
        query set rd
        response set ra
    }
    played
}
example.net {
    bind 127.0.0.1
    bufsize 512
    played
}""",
    "preferred": """
. {
    bind 127.0.0.1
    loadbalance {
        prefer 192.0.2.2/32 2001:db8::/64
    }
    cache
    played
}""",
    "ahead and behind": """
. {
    bind 127.0.0.1
    rewrite name alias.played.example one.played.example
    rewrite type ANY HINFO
    dns64 {
        allow_ipv4
    }
    cache
    template IN A made.played.example {
        answer "{{ .Name }} 60 IN A 198.51.100.7"
    }
    hosts none {
        192.0.2.77 hosted.played.example
        2001:db8::77 hosted.played.example
        fallthrough
    }
    played
}""",
    "no cache": ". {\n bind 127.0.0.1\n loadbalance\n played\n}",
    "nobody's zone": "example.org {\n bind 127.0.0.1\n cache\n played\n}",
}
"""Whole Corefiles."""

IPV6 = """
. {
    bind ::1
    view own {
        expr incidr(client_ip(), '::/64') && type() in ['A', 'MX']
    }
    acl four.played.example {
        block net ::1
    }
    cache
    played
}
. {
    bind ::1
    acl {
        filter type AAAA net ::/16
    }
    cache
    played
}"""
