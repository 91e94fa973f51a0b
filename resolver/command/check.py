# SPDX-License-Identifier: Apache-2.0
"""`rootward check FILE`: prove a Corefile without listening or starting anything."""

import asyncio
import os
import random
import sys

from resolver.clock import SystemClock
from resolver.command.banner import zone_warnings
from resolver.command.options import Options
from resolver.command.plugins import directives_of
from resolver.command.process import raise_descriptors
from resolver.command.source import read_source
from resolver.instance import Instance
from resolver.limits import Limits


def loaded(options: Options) -> Instance:
    """Return the Corefile of a subcommand, set up; what is wrong with it is in its `errors`.

    Zones with unusual names are told on standard error, each once.

    Raises ResolverError if it, or the file of `-plugin-cfg`, cannot be read.
    """
    limits = Limits.for_descriptors(raise_descriptors())
    source = read_source(options.file)
    directives = directives_of(options)
    instance = Instance(SystemClock(), random.SystemRandom(), limits)
    instance.load(source.text, source.file, directives, os.environ, options.port)
    zones = {key.zone: None for block in instance.blocks for key in block.keys}
    for line in zone_warnings(zones):
        print(line, file=sys.stderr)
    return instance


def complain(instance: Instance) -> int:
    """Print what is wrong, one line each, on standard error; return the exit status."""
    for text in dict.fromkeys(str(error) for error in instance.errors):
        print(" ".join(text.splitlines()), file=sys.stderr)
    return 1 if instance.errors else 0


def check(options: Options) -> int:
    """Print every error that can be found; return 0 if there is none, else 1."""
    instance = loaded(options)
    asyncio.run(instance.prove())
    return complain(instance)
