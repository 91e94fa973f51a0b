# SPDX-License-Identifier: Apache-2.0
"""The list of promises: what other resolvers were measured to get wrong, and the test that holds.

A test is named FILE::FUNCTION, FILE below `tests`. All but those of the process ask a whole server
on the mini internet over real sockets. Where the measured thing itself cannot be had in a test,
`instead` says why and what stands in for it.
"""

import ast
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

TESTS = Path(__file__).parents[1]


class Promise(NamedTuple):
    """Who gets it wrong and how; what is promised here; the tests that hold it."""

    wrong: str
    promise: str
    tests: tuple[str, ...]
    instead: str = ""


def acceptance(theme: str, *names: str) -> tuple[str, ...]:
    """Return the full names of tests of this folder."""
    return tuple(f"acceptance/{theme}_test.py::test_{name}" for name in names)


PROMISES = (
    # CoreDNS with its plugin unbound
    Promise(
        "CoreDNS passes every kind of bogus data on as good",
        "bogus data is SERVFAIL with the reason, kept or not",
        acceptance("answers", "bogus_data_is_servfail"),
    ),
    Promise(
        "CoreDNS: failures leave with QR=0, or as NOERROR without an answer",
        "a failure is a response with SERVFAIL and the question",
        acceptance("answers", "a_failure_is_a_response_with_servfail"),
    ),
    Promise(
        "CoreDNS drops CD",
        "with CD the client gets what did not validate, and CD is copied",
        acceptance("answers", "bogus_data_is_servfail"),
    ),
    Promise(
        "CoreDNS recurses for RD=0", "RD=0 is REFUSED", acceptance("answers", "rd_0_is_refused")
    ),
    Promise(
        "CoreDNS answers AXFR",
        "AXFR and IXFR are NOTIMP",
        acceptance("answers", "transfers_are_not_implemented"),
    ),
    Promise(
        "CoreDNS echoes unknown EDNS flags, cookies and keepalive",
        "nothing of the client's OPT record comes back but DO",
        acceptance("answers", "edns_is_not_echoed"),
    ),
    Promise(
        "CoreDNS: 3000 clients with one question make 7047 queries upstream",
        "one",
        (
            *acceptance("upstream", "a_storm_of_one_question_is_one_query"),
            "recursion/storms_test.py::test_a_storm_of_one_question_is_one_recursion",
        ),
    ),
    Promise(
        "CoreDNS asks for a failing name again for every client",
        "a failure is kept for a while",
        acceptance("upstream", "a_failing_name_is_not_asked_for_every_client"),
    ),
    Promise(
        "CoreDNS: a query that hangs holds up its TCP connection",
        "answers leave as they are ready",
        acceptance("clients", "a_hanging_query_does_not_hold_up_its_connection"),
    ),
    Promise(
        "CoreDNS dies of a closed log",
        "it serves on, whoever reads the log",
        (
            *acceptance("process", "a_closed_log_does_not_end_it"),
            "command/log_test.py::test_a_reader_of_the_log_that_is_stuck",
        ),
    ),
    Promise(
        "CoreDNS: 20,000 queries in flight cost 1.5 GiB; named and pdns-recursor 0.6 to 1.2 GiB",
        "a query that waits costs less than 40 KiB, and no more than 16,384 wait",
        acceptance("process", "memory_in_a_flood")
        + acceptance("clients", "a_flood_beyond_all_caps"),
    ),
    Promise(
        "CoreDNS: a dead zone takes 12 s",
        "an answer within 5 s",
        acceptance("upstream", "a_dead_zone_is_answered_in_time"),
    ),
    # unbound, and so libunbound
    Promise(
        "unbound leaves unequal TTLs in an RRset",
        "the lowest, for all of them (RFC 2181, 5.2)",
        acceptance("answers", "ttls_are_mended"),
    ),
    Promise(
        "unbound: a TTL runs past the signature's end, or above its original TTL",
        "neither (RFC 4035, 5.3.3)",
        acceptance("answers", "ttls_are_mended"),
    ),
    Promise(
        "unbound: clients of a silent server never get an answer",
        "SERVFAIL within 5 s",
        acceptance("upstream", "a_dead_zone_is_answered_in_time"),
    ),
    Promise(
        "unbound: a flood below one silent delegation leaves nothing for names of other zones",
        "kept and new names of all others are answered",
        acceptance("upstream", "a_flood_of_a_dead_zone_costs_nobody_else")
        + acceptance("clients", "a_flood_beyond_all_caps"),
    ),
    Promise(
        "unbound does not start with 64 descriptors; pdns-recursor spins",
        "it starts, resolves, and rests when all are taken",
        acceptance("process", "64_descriptors_are_enough"),
    ),
    Promise(
        "unbound takes data of class CH for IN",
        "another class is REFUSED",
        acceptance("answers", "class_ch_is_not_in"),
    ),
    Promise(
        "unbound: 53 ms of CPU for one question like KeyTrap",
        "it delays nobody's kept answer",
        acceptance("clients", "costly_validation_delays_no_kept_answer"),
        instead="many wrong signatures; keys of one tag as well would have to be searched for",
    ),
    # kresd
    Promise(
        "kresd raises short TTLs to 5 s",
        "0, 1, 2 and 5 s stay",
        acceptance("answers", "short_ttls_stay_short"),
    ),
    Promise(
        "kresd takes unknown opcodes for QUERY; pdns-recursor drops them, NOTIFY and UPDATE",
        "NOTIMP",
        acceptance("answers", "other_opcodes_are_answered"),
    ),
    Promise(
        "kresd never says BADVERS",
        "an unknown version of EDNS is BADVERS",
        acceptance("answers", "an_unknown_version_is_badvers"),
    ),
    Promise(
        "kresd drops a query that says a size of 1 octet",
        "it means 512",
        acceptance("answers", "a_size_of_one_octet_is_512"),
    ),
    Promise(
        "kresd: a TCP client that never reads costs 385 MiB",
        "what waits for one client is bounded, then it is let go",
        (
            *acceptance("clients", "a_client_that_never_reads_is_let_go"),
            "../resolver/transport/connection_test.py::test_what_waits_for_one_client_is_bounded",
        ),
    ),
    Promise(
        "kresd ends when the disk is full",
        "it serves on, the log and the trust anchor's state unwritten",
        (
            *acceptance("process", "a_full_disk_does_not_end_it"),
            "../resolver/recursion/tracking_test.py::test_failed_write_leaves_the_old_content",
        ),
    ),
    Promise("kresd ends at SIGHUP", "it stays", acceptance("process", "sighup_does_not_end_it")),
    # named and pdns-recursor
    Promise(
        "named: idle or slow TCP clients at the limit starve honest ones",
        "the connection idle longest makes room",
        acceptance("clients", "idle_and_slow_clients_starve_nobody"),
    ),
    Promise(
        "pdns-recursor drops queries with another number of questions than one",
        "FORMERR",
        acceptance("answers", "another_number_of_questions_is_answered"),
    ),
    Promise(
        "pdns-recursor: all servers silent for 8 s, and new names fail for 30 s",
        "they are answered as soon as somebody answers",
        acceptance("upstream", "new_names_after_all_servers_were_silent"),
    ),
    Promise(
        "pdns-recursor stops when the clock jumps by 12 h",
        "it serves on",
        acceptance("process", "a_clock_that_jumps"),
        instead="our clock is moved; libunbound reads the machine's, which a test cannot set",
    ),
    # all of them
    Promise(
        "all: resolver.arpa and _dns.resolver.arpa leak to the root",
        "they are answered here",
        acceptance("answers", "resolver_arpa_does_not_leak"),
    ),
    # the best of each, to be matched
    Promise(
        "named survives all misbehaving servers",
        "an answer where there is one, else SERVFAIL in time, and never the forged one",
        (
            *acceptance(
                "upstream",
                "a_misbehaving_server_that_knows_is_survived",
                "a_misbehaving_server_that_never_helps_is_a_failure",
            ),
            "recursion/storms_test.py::test_a_late_answer_comes_to_who_waits_behind_the_deadline",
        ),
        instead="the 30 of the mini internet; one that takes 1.5 s is answered at the second ask",
    ),
)


@cache
def functions(file: str) -> frozenset[str]:
    """Return the names of the tests in a file below `tests`."""
    tree = ast.parse((TESTS / file).read_text())
    return frozenset(
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.wrong)
def test_a_promise_has_its_test(promise: Promise) -> None:
    """Each test that the list names is there."""
    assert promise.tests
    for test in promise.tests:
        file, _, function = test.partition("::")
        assert function in functions(file), test


def test_each_acceptance_test_holds_a_promise() -> None:
    """And each test here is named by the list."""
    named = {test for promise in PROMISES for test in promise.tests}
    here = {
        f"acceptance/{path.name}::{function}"
        for path in Path(__file__).parent.glob("*_test.py")
        if path.name != Path(__file__).name
        for function in functions(f"acceptance/{path.name}")
    }
    assert here - named == set()
