# SPDX-License-Identifier: Apache-2.0
"""A line of master-file text to a record: OWNER [TTL] [CLASS] TYPE RDATA."""

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tokenizer
import dns.ttl

from resolver import names, wire
from resolver.wire import Record

DEFAULT_TTL_S = 3600


def record_of(text: str, section: int) -> Record:
    """Return the record that a line stands for; names in it are fully qualified.

    Raises ValueError or DomainNameError if it is none.
    """
    words = dns.tokenizer.Tokenizer(text)
    try:
        owner = _word(words)
        ttl_s, rclass = DEFAULT_TTL_S, wire.IN
        word = _word(words)
        for _ in range(2):  # a TTL and a class, in either order
            if word[:1].isdigit():
                ttl_s = dns.ttl.from_text(word)
            elif word.upper() in dns.rdataclass.RdataClass.__members__:
                rclass = int(dns.rdataclass.from_text(word))
            else:
                break
            word = _word(words)
        rtype = int(dns.rdatatype.from_text(word))
        rdata = dns.rdata.from_text(
            dns.rdataclass.RdataClass.make(rclass),
            dns.rdatatype.RdataType.make(rtype),
            words,
            origin=dns.name.root,
            relativize=False,
        )
        if not words.get().is_eof():
            raise ValueError("text behind the record")
        octets = rdata.to_wire()
    except dns.exception.DNSException as error:
        raise ValueError(f"not a record: {text}: {error}") from None
    assert octets is not None  # without a file it is returned
    return Record(section, names.from_text_as_is(owner), rtype, rclass, ttl_s, octets)


def _word(words: dns.tokenizer.Tokenizer) -> str:
    """Return the next word, its escapes kept."""
    token = words.get()
    if not token.is_identifier():
        raise ValueError("not a record: a word is missing")
    return str(token.value)
