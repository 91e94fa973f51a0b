# SPDX-License-Identifier: Apache-2.0
"""Set-up: server blocks as they are written become blocks with chains.

Each directive's setup runs once a block, in the order of the chain across all blocks. What goes
wrong is collected: one mistake does not hide the next.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence

from resolver.block import Block, Key
from resolver.chain import link
from resolver.corefile.controller import Controller, Services, error_at
from resolver.corefile.keys import keys_of
from resolver.corefile.lexer import Token
from resolver.corefile.parser import parse
from resolver.corefile.ports import DEFAULT_PORT
from resolver.directives import Directives
from resolver.errors import ConfigurationError, ConfigurationErrors, ResolverError
from resolver.loading import call_setup
from resolver.types import Handler

Errors = list[ResolverError]

_log = logging.getLogger("corefile")


def read_blocks(
    text: str,
    file: str,
    directives: Directives,
    environment: Mapping[str, str],
    default_port: int = DEFAULT_PORT,
) -> tuple[list[Block], Errors]:
    """Return the server blocks of a Corefile's text, before set-up, and what is wrong with it."""
    parsed = parse(text, file, directives.complaint, environment)
    errors: Errors = list(parsed.errors)
    for warning in parsed.warnings:
        _log.warning("%s", warning)
    blocks: list[Block] = []
    for written in parsed.blocks:
        keys: list[Key] = []
        for token in written.keys:
            try:
                keys.extend(keys_of(token, default_port))
            except ConfigurationError as error:
                errors.append(error)
        first = written.keys[0]
        if keys:
            blocks.append(Block(tuple(keys), written.directives, first.file, first.line))
    return blocks, errors


def place(error: ResolverError) -> tuple[str, int]:
    """Return the file and line of an error, to sort by."""
    return (error.file, error.line) if isinstance(error, ConfigurationError) else ("", 0)


def set_up(blocks: Sequence[Block], directives: Directives, services: Services) -> Errors:
    """Run all setups of all blocks and link their chains; return what went wrong."""
    services.blocks = blocks
    errors: Errors = []
    made: list[dict[str, list[Handler]]] = [{} for _ in blocks]

    def run(word: str, words_of: Callable[[Block], Collection[str]]) -> None:
        for block, handlers in zip(blocks, made, strict=True):
            if word in words_of(block) and word not in handlers:
                handlers[word] = _set_up_one(word, block, directives, services, errors)

    for word in directives.order:
        run(word, _written)
    while _requirements(blocks, made, directives, errors):
        for word in directives.order:
            run(word, _implied)
    for block, handlers in zip(blocks, made, strict=True):
        block.order = [word for word in directives.order if word in handlers]
        block.handlers = [handler for word in block.order for handler in handlers[word]]
        try:
            link(block.handlers)
        except ConfigurationError as error:
            errors.append(error)
    return errors


def _requirements(
    blocks: Sequence[Block],
    made: Sequence[Mapping[str, object]],
    directives: Directives,
    errors: Errors,
) -> bool:
    """Return whether implied directives are to be set up; one that cannot be is an error."""
    for block in blocks:
        for word in list(block.implied):
            complaint = directives.complaint(word)
            if complaint is not None:
                block.implied.remove(word)
                where = Token(block.file, block.line, word)
                errors.append(error_at(where, f"a plugin needs '{word}': {complaint}"))
    return any(set(block.implied) - set(done) for block, done in zip(blocks, made, strict=True))


def _written(block: Block) -> Collection[str]:
    return block.directives


def _implied(block: Block) -> Collection[str]:
    return block.implied


def _set_up_one(
    word: str, block: Block, directives: Directives, services: Services, errors: Errors
) -> list[Handler]:
    """Return the handlers that a directive of one block makes: none if its setup fails."""
    tokens = block.directives.get(word) or [Token(block.file, block.line, word)]
    before = len(block.handlers)
    try:
        call_setup(directives.setup(word), Controller(word, tokens, block, services))
    except ConfigurationErrors as several:
        errors.extend(several.errors)
    except ConfigurationError as error:
        errors.append(error if error.file else error_at(tokens[0], str(error)))
    except ResolverError as error:
        errors.append(error_at(tokens[0], f"plugin/{word}: {error}"))
    made = block.handlers[before:]
    del block.handlers[before:]
    return made
