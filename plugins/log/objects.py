# SPDX-License-Identifier: Apache-2.0
"""Log lines for programs: one JSON object each."""

import json

from plugins.log.lines import class_name, rcode_name, type_name
from plugins.log.told import Told, flag_names
from resolver.engine.lines import Field, Program


def as_json(told: Told) -> str:
    """Return what is told of a query as one JSON object.

    Numbers are numbers, what is not there is null.
    """
    return json.dumps(
        {
            "client": told.client[0],
            "port": told.client[1],
            "local": told.local[0],
            "id": told.id,
            "type": type_name(told.qtype),
            "class": class_name(told.qclass),
            "name": told.name,
            "proto": told.proto,
            "size": told.size,
            "do": told.do,
            "bufsize": told.payload_size,
            "rcode": rcode_name(told.rcode) if told.is_sent else None,
            "rflags": flag_names(told.flags),
            "rsize": told.response_size,
            "duration_s": told.duration_ns / 1_000_000_000,
            "plugin": told.plugin,
        },
        separators=(",", ":"),
    )


# The same as data, for an engine that writes lines without Python.
JSON_PROGRAM: Program = (
    '{"client":"',
    Field.HOST,
    '","port":',
    Field.PORT,
    ',"local":"',
    Field.LOCAL_HOST,
    '","id":',
    Field.ID,
    ',"type":"',
    Field.TYPE,
    '","class":"',
    Field.CLASS,
    '","name":"',
    Field.JSON_NAME,
    '","proto":"',
    Field.PROTO,
    '","size":',
    Field.SIZE,
    ',"do":',
    Field.DO,
    ',"bufsize":',
    Field.BUFSIZE,
    ',"rcode":',
    Field.JSON_RCODE,
    ',"rflags":',
    Field.JSON_RFLAGS,
    ',"rsize":',
    Field.RSIZE,
    ',"duration_s":',
    Field.JSON_DURATION,
    ',"plugin":',
    Field.JSON_PLUGIN,
    "}",
)
