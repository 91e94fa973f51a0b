# SPDX-License-Identifier: Apache-2.0
"""Which plugins there are: those of `-plugin-cfg`, or ours and what other packages bring."""

import logging
import sys
from pathlib import Path

from resolver.command.options import Fatal, Options
from resolver.corefile.imports import read_text
from resolver.directives import Directives, listed_directives, standard_directives
from resolver.errors import reason

_log = logging.getLogger("plugins")


def directives_of(options: Options) -> Directives:
    """Return the directives; what is wrong with a package that nobody may need is logged.

    Raises ResolverError if the file of `-plugin-cfg` makes no sense.
    """
    directives = _read(options.plugin_cfg)
    for text in directives.troubles:
        _log.warning("%s", text)
    return directives


def list_plugins(options: Options) -> None:
    """Print the names of all that can be used, and on standard error what cannot, and why.

    Raises ResolverError if the file of `-plugin-cfg` makes no sense.
    """
    directives = _read(options.plugin_cfg)
    for text in directives.troubles:
        print(text, file=sys.stderr)
    print("\n".join(sorted(directives.installed())) + "\n")


def _read(plugin_cfg: str) -> Directives:
    if not plugin_cfg:
        return standard_directives()
    try:
        text = read_text(Path(plugin_cfg))
    except OSError as error:
        raise Fatal(f"-plugin-cfg: open {plugin_cfg}: {reason(error)}") from None
    except ValueError as error:
        raise Fatal(f"-plugin-cfg: read {plugin_cfg}: {error}") from None
    return listed_directives(text, plugin_cfg)
