# SPDX-License-Identifier: Apache-2.0
"""The plot: CPU time a query of each contender, by the reference's, as bars in an SVG file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

_COLOURS = ("#b03a2e", "#2e6fb0", "#6fa84f", "#8d6bb5", "#d08a2e", "#777777", "#444444")
_BAR, _GAP, _LEFT, _SCALE, _MOST = 9, 12, 200, 160, 3.5


def draw(path: Path, title: str, rows: Sequence[tuple[str, Mapping[str, float]]]) -> None:
    """Write the plot: for each row a bar of each name, as long as its ratio; 1 has a line."""
    names = list(dict.fromkeys(name for _, ratios in rows for name in ratios))
    parts: list[str] = []
    top = 30 + 14 * len(names)
    for number, name in enumerate(names):
        y = 24 + 14 * number
        parts.append(_rect(_LEFT, y, 10, 10, _colour(number)) + _text(_LEFT + 16, y + 9, name))
    y = top
    for label, ratios in rows:
        parts.append(_text(4, y + 10, label))
        for name, ratio in ratios.items():
            length = min(ratio, _MOST) * _SCALE
            parts.append(_rect(_LEFT, y, length, _BAR - 1, _colour(names.index(name))))
            parts.append(_text(_LEFT + length + 4, y + 8, f"{ratio:.2f}", 9))
            y += _BAR
        y += _GAP
    one = _LEFT + _SCALE
    parts.append(f'<line x1="{one}" x2="{one}" y1="{top - 4}" y2="{y}" stroke="#000"/>')
    width = _LEFT + _MOST * _SCALE + 50
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{y + 8}" '
        f'font-family="sans-serif">{_rect(0, 0, width, y + 8, "#fff")}'
        f"{_text(4, 14, title, 13)}{''.join(parts)}</svg>\n"
    )


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]


def _rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x}" y="{y}" width="{width:.1f}" height="{height}" fill="{colour}"/>'


def _text(x: float, y: float, text: str, size: int = 11) -> str:
    return f'<text x="{x:.1f}" y="{y}" font-size="{size}">{escape(text)}</text>'
