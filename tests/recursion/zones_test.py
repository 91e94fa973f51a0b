# SPDX-License-Identifier: Apache-2.0
"""Properties of `unbound` that say who is asked for a zone, what is trusted, and what is ours."""

from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import pytest

from resolver.errors import ConfigurationErrors
from resolver.response import Validation
from tests.internet import Internet
from tests.recursion.recursing import Recursing


def short(response: dns.message.Message) -> str:
    flags = " ad" if response.flags & dns.flags.AD else ""
    return dns.rcode.to_text(response.rcode()) + flags


@pytest.mark.parametrize(
    ("properties", "qname", "want"),
    [
        pytest.param("", "www.expired.example.", "SERVFAIL", id="bogus without"),
        pytest.param("insecure expired.example", "www.expired.example.", "NOERROR", id="negative"),
        pytest.param(
            "insecure expired.example", "www.below.expired.example.", "NOERROR", id="and below"
        ),
        pytest.param(
            "insecure expired.example", "www.future.example.", "SERVFAIL", id="others stay bogus"
        ),
        pytest.param("insecure expired.example", "www.example.org.", "NOERROR ad", id="or secure"),
        pytest.param("insecure example", "www.broken-signature.example.", "NOERROR", id="a TLD"),
    ],
)
def test_negative_trust_anchors(internet: Internet, properties: str, qname: str, want: str) -> None:
    """RFC 7646: an insecure zone and what is below it is not validated; all else is."""
    with Recursing(f"{internet.unbound_properties}\n{properties}") as server:
        assert short(server.ask(qname, "A", "rd ad")) == want


def test_trust_anchor_off(internet: Internet) -> None:
    """Without an anchor nothing validates, and nothing is bogus."""
    properties = internet.unbound_properties.replace(
        f"trust_anchor {internet.trust_anchor}", "trust_anchor off"
    )
    with Recursing(properties) as server:
        assert short(server.ask("www.example.org.", "A", "rd ad")) == "NOERROR"
        assert short(server.ask("www.expired.example.", "A", "rd ad")) == "NOERROR"


def test_stub(internet: Internet) -> None:
    """A stub's servers are asked directly: neither the root nor the TLD hears of it."""
    address = internet.addresses["example.net."][0]
    stub = f"stub example.net {address}:53"
    with Recursing(f"{internet.unbound_properties}\n{stub}") as server:
        internet.reset_queries()
        assert short(server.ask("www.example.net.")) == "NOERROR"
        data = {
            query.server
            for query in internet.seen()
            if query.qname.endswith("example.net.") and query.qtype != "DS"
        }
        assert data == {address}


def test_a_private_zone_can_be_a_stub(internet: Internet) -> None:
    """A stub at a private reverse zone opens it: it is asked for, all others stay local."""
    address = internet.addresses["10.in-addr.arpa."][0]
    stub = f"stub 10.0.0.0/8 {address}"
    with Recursing(f"{internet.unbound_properties}\n{stub}") as server:
        assert server.ask("3.2.1.10.in-addr.arpa.", "PTR").answer
        assert short(server.ask("1.1.168.192.in-addr.arpa.", "PTR")) == "NXDOMAIN"


def test_forward(internet: Internet) -> None:
    """A forward sends questions for its zone to whom it names, and validates what comes."""
    address = internet.addresses["example.com."][0]
    with Recursing(f"{internet.unbound_properties}\nforward example.com {address}") as server:
        internet.reset_queries()
        assert short(server.ask("www.example.com.", "A", "rd ad")) == "NOERROR ad"
        asked = {query.server for query in internet.seen() if query.qname == "www.example.com."}
        assert asked == {address}


def test_from_and_except(internet: Internet) -> None:
    """Names outside of FROM, and those excepted, are the next plugin's; there is none: REFUSED."""
    corefile = ".:0 {{\nbind 127.0.0.1\nunbound org net {{\n{}\nexcept example.net\n}}\n}}\n"
    with Recursing(internet.unbound_properties, corefile=corefile) as server:
        assert short(server.ask("www.example.org.")) == "NOERROR"
        assert short(server.ask("net.", "NS")) == "NOERROR"
        assert short(server.ask("www.example.com.")) == "REFUSED"
        assert short(server.ask("www.example.net.")) == "REFUSED"


def test_snoop(internet: Internet) -> None:
    """`snoop on` answers RD=0 too."""
    with Recursing(f"{internet.unbound_properties}\nsnoop on") as server:
        assert short(server.ask("www.example.org.", "A", "")) == "NOERROR"


def test_equal_configurations_share_contexts(internet: Internet) -> None:
    """Two blocks with the same words are one upstream; a third with others is its own."""
    block = "{}:0 {{\nbind 127.0.0.1\nunbound . {{\n{}\n}}\n}}\n"
    same = internet.unbound_properties
    other = f"{same}\ninsecure expired.example"
    corefile = "".join(
        block.format(zone, properties).replace("{", "{{").replace("}", "}}")
        for zone, properties in (("org", same), ("com", same), ("example", other))
    )
    with Recursing("", corefile=corefile) as server:
        handlers = [block.handler("unbound") for block in server.instance.blocks]
        upstreams = [getattr(handler, "proven").upstream for handler in handlers]  # noqa: B009
        assert upstreams[0] == upstreams[1] != upstreams[2]
        assert short(server.ask("www.expired.example.")) in ("NOERROR", "SERVFAIL")


@pytest.mark.parametrize(
    ("properties", "error"),
    [
        pytest.param(
            "option bla yes",
            "Corefile:8 - Error during parsing: plugin/unbound: libunbound: unknown keyword 'bla'",
            id="no such option",
        ),
        pytest.param(
            "config /nowhere/unbound.conf",
            "plugin/unbound: cannot read /nowhere/unbound.conf: No such file or directory",
            id="no such file",
        ),
        pytest.param(
            "option chroot /tmp",
            "plugin/unbound: option 'chroot' is not passed on to libunbound",
            id="an option that is kept from it",
        ),
    ],
)
def test_what_libunbound_refuses(internet: Internet, properties: str, error: str) -> None:
    """Its complaint, with the line of the Corefile; nothing is left running."""
    with (
        pytest.raises(ConfigurationErrors) as caught,
        Recursing(f"{internet.unbound_properties}\n{properties}"),
    ):
        pass
    assert error in str(caught.value)


def test_trust_anchor_auto(
    internet: Internet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 5011: the saved keys of the root are trusted, tracked, and saved at the end."""
    anchor = f"trust_anchor {internet.trust_anchor}"
    with Recursing(internet.unbound_properties.replace(anchor, "trust_anchor off")) as server:
        (keys, *_) = server.ask(".", "DNSKEY").answer
    state = tmp_path / "root.key"
    state.write_text("".join(f". 172800 IN DNSKEY {key}\n" for key in keys if key.flags == 257))
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    properties = internet.unbound_properties.replace(anchor, "trust_anchor auto")
    with Recursing(properties) as server:
        assert short(server.ask("www.example.org.", "A", "rd ad")) == "NOERROR ad"
        assert short(server.ask("www.expired.example.")) == "SERVFAIL"
        assert server.renew("www.example.org.", 0).validation is Validation.SECURE
    saved = state.read_text()
    assert "VALID" in saved
    assert "last_success" in saved
    assert list(tmp_path.iterdir()) == [state]
