# SPDX-License-Identifier: Apache-2.0
"""The fuzz targets on their corpora, without clang; `./script/test --sanitize` looks further."""

import subprocess
from pathlib import Path

import pytest

from tests.native.internals import COMPILE, LIBRARIES, NATIVE, Internals, run

FUZZ = NATIVE / "fuzz"
TARGETS = sorted(path.stem for path in FUZZ.glob("*.c"))
MAIN = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int LLVMFuzzerTestOneInput(const unsigned char *octets, size_t length);
int LLVMFuzzerInitialize(int *count, char ***paths) __attribute__((weak));
int main(int count, char **paths)
{
    static unsigned char room[65536];
    if (LLVMFuzzerInitialize && LLVMFuzzerInitialize(&count, &paths))
        return 1;
    for (int i = 1; i < count; i++) {
        FILE *file = fopen(paths[i], "rb");
        size_t length = fread(room, 1, sizeof room, file);
        unsigned char *octets = malloc(length + 1);
        fclose(file);
        memcpy(octets, room, length);
        LLVMFuzzerTestOneInput(octets, length);
        free(octets);
    }
}
"""


@pytest.mark.parametrize("target", TARGETS)
def test_a_corpus_passes(target: str, internals: Internals, tmp_path: Path) -> None:
    """What fuzzing began with, and what it has found since, is as the target says."""
    replay, program = tmp_path / "replay.c", tmp_path / target
    replay.write_text(MAIN)
    shared = [NATIVE / "test" / name for name in ("message.c", "stock.c", "stock_images.c")]
    sources = (replay, FUZZ / f"{target}.c", *shared, internals.archive)
    run(*COMPILE, "-o", str(program), *map(str, sources), *LIBRARIES)
    corpus = sorted(str(path) for path in (FUZZ / "corpus" / target).iterdir())
    assert corpus
    done = subprocess.run([program, *corpus], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
