# SPDX-License-Identifier: Apache-2.0
"""Three hundred listeners, each with a server block of its own."""

import socket

import dns.rcode

from tests.serve import query_message, serving

COUNT = 300


def _block(n: int) -> str:
    host, rcode = f"127.1.{n // 200}.{n % 200 + 1}", "NXDOMAIN" if n % 2 else "NOERROR"
    return f"z{n}.example {{\n bind {host}\n template ANY ANY {{\n  rcode {rcode}\n }}\n}}\n"


def test_three_hundred_listeners(engine: str) -> None:
    """Each answers for its own zone, and for no other; after a reload as well."""
    corefile = "".join(map(_block, range(COUNT)))
    with serving(corefile, engine) as server:
        server.reload(corefile)
        assert len(server.endpoints) == COUNT
        for n, (host, port) in enumerate(server.endpoints):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.settimeout(20)
                sock.connect((host, port))
                sock.send(query_message(f"a.z{n}.example. A").to_wire())
                assert sock.recv(512)[3] & 15 == (3 if n % 2 else 0)
                sock.send(query_message(f"a.z{n + 1}.example. A").to_wire())
                assert sock.recv(512)[3] & 15 == 5


def test_what_is_counted_natively_is_counted_as_the_listener_s(engine: str) -> None:
    """Of two listeners, the second one's block, its zones and those of its acl."""
    block = (
        "one.example two.example {{\n bind {}\n acl two.example {{\n  block\n }}\n unbound\n}}\n"
    )
    corefile = block.format("127.0.0.1") + block.format("127.0.0.2")
    with serving(corefile, engine) as server:
        name = server.instance.serving[1].listener.name
        for question in ("a.two.example. A", "b.two.example. A"):
            assert server.query(question, at=server.endpoints[1]).rcode() == dns.rcode.REFUSED
        labels = {"server": name, "zone": "two.example.", "view": ""}
        assert server.metric("coredns_acl_blocked_requests_total", **labels) == 2
