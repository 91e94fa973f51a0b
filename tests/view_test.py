# SPDX-License-Identifier: Apache-2.0
"""Server blocks that share a zone, told apart by their views."""

import pytest

from tests.serve import Running, serving

COREFILE = """
example.org {
    bind 127.0.0.1
    view tcp {
        expr proto() == 'tcp' && incidr(client_ip(), '127.0.0.0/8')
    }
    prometheus 127.0.0.1:0
    cache
    hosts none {
        192.0.2.1 www.example.org
    }
}
example.org {
    bind 127.0.0.1
    metadata
    view secure {
        expr do()
    }
    prometheus 127.0.0.1:0
    cache
    hosts none {
        192.0.2.2 www.example.org
    }
}
org {
    bind 127.0.0.1
    cache
    hosts none {
        192.0.2.3 www.example.org
    }
}
"""


def address(server: Running, tcp: bool = False, do: bool = False) -> str:
    """Return what a name's address is."""
    message = server.query("www.example.org. A", tcp=tcp, do=do)
    return str(message.answer[0][0])


@pytest.mark.parametrize("turn", ["miss", "hit"])
def test_each_client_gets_its_block(engine: str, turn: str) -> None:
    """Caches are not shared between views; without a view for a query the zone above answers."""
    with serving(COREFILE, engine) as server:
        for _ in range(1 if turn == "miss" else 2):
            found = [
                address(server, tcp=True),
                address(server, tcp=True, do=True),
                address(server, do=True),
                address(server),
            ]
            assert found == ["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3"]


def test_metrics_name_the_view() -> None:
    """The label `view` of what a block counts."""
    with serving(COREFILE) as server:
        address(server, tcp=True)
        labels = {"server": server.instance.serving[0].server.name, "zone": "example.org."}
        labels |= {"proto": "tcp", "family": "1", "type": "A"}
        name = "coredns_dns_requests_total"
        # in the server's own thread: the query is counted once its answer is out
        assert server.call(lambda: server.metric(name, view="tcp", **labels)) == 1
