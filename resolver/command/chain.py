# SPDX-License-Identifier: Apache-2.0
"""`rootward chain FILE`: show the effective chain of each server block, and what it may act on."""

from collections.abc import Iterator

from resolver import names
from resolver.block import Block
from resolver.command.check import complain, loaded
from resolver.command.options import Options
from resolver.command.wording import claims_in_words
from resolver.engine.plan import compile_plan, explain


def show_chain(options: Options) -> int:
    """Print the chains; return 0, or 1 if the Corefile has errors (they are printed instead)."""
    instance = loaded(options)
    if instance.errors:
        return complain(instance)
    print("\n\n".join("\n".join(lines_of(block)) for block in instance.blocks))
    return 0


def lines_of(block: Block) -> Iterator[str]:
    """Yield the lines that show one block: its keys and view, then its directives in order."""
    where = f" on {' '.join(block.listen)}" if block.listen else ""
    where += f" view {block.view}" if block.view else ""
    keys = (f"{key.scheme}://{names.to_text(key.zone)}:{key.port}" for key in block.keys)
    yield f"{' '.join(keys)}{where}"
    width = max(map(len, block.order), default=0)
    for word in block.order:
        claims = [claims_in_words(each.claims()) for each in block.handlers if each.name == word]
        implied = " (implied)" if word in block.implied else ""
        for text in claims or ["sets up the block, sees no query"]:
            yield f"    {word:<{width}}  {text}{implied}"
    if block.handlers:
        yield from (f"  {sentence}" for sentence in explain(compile_plan(block)))
    else:
        yield "  no plugin answers: every question is REFUSED"
