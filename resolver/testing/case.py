# SPDX-License-Identifier: Apache-2.0
"""Case: a question and the response that is due."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import dns.rcode
import dns.rdatatype

from resolver import names, wire
from resolver.response import Response, Validation
from resolver.testing.messages import rr
from resolver.wire import Record


@dataclass(frozen=True)
class Case:
    """A question and the response that is due. Records are master-file lines; a TTL `*` is any.

    Records are compared without regard to their order inside a section.
    """

    question: str
    answer: Sequence[str] = ()
    authority: Sequence[str] = ()
    additional: Sequence[str] = ()
    rcode: str = "NOERROR"
    aa: bool = False
    validation: Validation = Validation.NONE
    ede: tuple[int, ...] = field(default=())

    def check(self, response: Response) -> None:
        """Raise AssertionError unless `response` is the one that is due."""
        qname, qtype = self.question.split()
        got = response.question
        assert (got.qname, got.qtype) == (
            names.from_text(qname),
            int(dns.rdatatype.from_text(qtype)),
        )
        assert dns.rcode.to_text(dns.rcode.Rcode(response.rcode)) == self.rcode
        assert bool(response.flags & wire.AA) == self.aa
        assert response.validation is self.validation
        assert tuple(ede.code for ede in response.ede) == self.ede
        sections = enumerate((self.answer, self.authority, self.additional), wire.ANSWER)
        for number, lines in sections:
            self._check_section(
                [r for r in response.records() if r.section == number], number, lines
            )

    @staticmethod
    def _check_section(got: list[Record], section: int, lines: Sequence[str]) -> None:
        want: list[Record] = []
        for line in lines:
            owner, ttl, rest = line.split(None, 2)
            for record in rr(f"{owner} {0 if ttl == '*' else ttl} {rest}", section):
                want.append(record._replace(ttl=-1) if ttl == "*" else record)
        assert len(got) == len(want), f"section {section}: {len(got)} records, not {len(want)}"
        for record in want:
            same = [
                other
                for other in got
                if other._replace(ttl=record.ttl if record.ttl < 0 else other.ttl) == record
            ]
            assert same, f"section {section} lacks {record}"
