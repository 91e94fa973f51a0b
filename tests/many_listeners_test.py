# SPDX-License-Identifier: Apache-2.0
"""Three hundred listeners, each with a server block of its own."""

import socket

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
