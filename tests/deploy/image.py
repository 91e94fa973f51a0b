# SPDX-License-Identifier: Apache-2.0
"""The image of the container as data: the stages of its Dockerfile, and what it is built from."""

import re
import shutil
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from tests.command.running import ROOT

DOCKERFILE = ROOT / "deploy" / "Dockerfile"


@dataclass(slots=True)
class Stage:
    """What a stage starts from, its name if it has one, and its instructions in their order."""

    base: str
    name: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def all(self, word: str) -> list[str]:
        """Return what stands behind each instruction of a kind."""
        return [text for found, text in self.instructions if found == word]

    def one(self, word: str) -> str:
        """Return what stands behind the only instruction of a kind."""
        [text] = self.all(word)
        return text

    def packages(self) -> list[str]:
        """Return what apt installs."""
        commands = [part.split() for text in self.all("RUN") for part in text.split("&&")]
        [words] = [words for words in commands if words[:2] == ["apt-get", "install"]]
        return [word for word in words[2:] if not word.startswith("-")]


def stages() -> list[Stage]:
    """Return the stages of the Dockerfile."""
    found: list[Stage] = []
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        word, _, text = " ".join(line.split()).partition(" ")
        if word == "FROM":
            base, _, name = text.partition(" AS ")
            found.append(Stage(base, name))
        elif word:
            found[-1].instructions.append((word, text))
    return found


def is_in_context(path: str) -> bool:
    """Return whether a file is sent to be built from: the last line of the ignore file decides."""
    taken = True
    ignored = DOCKERFILE.with_name(f"{DOCKERFILE.name}.dockerignore")
    for line in ignored.read_text().splitlines():
        if line and not line.startswith("#") and _matches(path, line.removeprefix("!")):
            taken = line.startswith("!")
    return taken


def copy_context(stage: Stage, target: Path) -> None:
    """Do what the COPY instructions of a stage do, with `target` as its working folder."""
    for text in stage.all("COPY"):
        *sources, to = text.split()
        for source in sources:
            copied = target / to / Path(source).name if to.endswith("/") else target / to
            _copy(ROOT / source, copied)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        for each in source.iterdir():
            _copy(each, target / each.name)
    elif is_in_context(source.relative_to(ROOT).as_posix()):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _matches(path: str, pattern: str) -> bool:
    """Return whether a line of an ignore file stands for a path, or for a folder above it."""
    above = [path, *(parent.as_posix() for parent in Path(path).parents)][:-1]
    if pattern.startswith("**/"):
        return any(fnmatch(Path(each).name, pattern[3:]) for each in above)
    return any(
        len(Path(each).parts) == len(Path(pattern).parts) and fnmatch(each, pattern)
        for each in above
    )


def setup_packages() -> str:
    """Return what script/setup has apt install for whoever builds and serves."""
    told = re.findall(
        r"^(?:build|optional)_packages='([^']+)'", (ROOT / "script/setup").read_text(), re.M
    )
    assert len(told) == 2
    return " ".join(told)
