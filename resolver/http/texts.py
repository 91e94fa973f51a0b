# SPDX-License-Identifier: Apache-2.0
"""A word over HTTP, for machines that look whether the server is well."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


def text_application(path: str, answer: Callable[[], tuple[int, str]]) -> Starlette:
    """Return an application that shows status and text of `answer` at `path`, and nothing else."""

    async def show(_: Request) -> PlainTextResponse:
        status, text = answer()
        return PlainTextResponse(text, status)

    return Starlette(routes=[Route(path, show)])
