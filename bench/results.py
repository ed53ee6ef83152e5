"""What was measured, and how it is shown: a Markdown table with ratios, and a plot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from statistics import median

_BAR, _GAP, _LEFT, _RIGHT, _WIDTH = 14, 16, 190, 90, 760  # pixels
_COLOURS = ("#2a6fdb", "#7aa7ee", "#d0842c", "#5b8c5a", "#888888", "#a05bb0")


@dataclass(slots=True)
class Row:
    """One thing that was measured of several servers; less is better."""

    title: str
    unit: str
    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, server: str, value: float) -> None:
        """One round."""
        self.values.setdefault(server, []).append(value)

    def medians(self) -> dict[str, float]:
        """By server."""
        return {server: median(values) for server, values in self.values.items()}


def markdown(rows: Sequence[Row], servers: Sequence[str]) -> str:
    """A table, each value with its ratio to that of the first server."""
    lines = [f"| | {' | '.join(servers)} |", f"|---|{'---|' * len(servers)}"]
    for row in rows:
        medians = row.medians()
        cells = [_cell(medians, server, servers[0]) for server in servers]
        lines.append(f"| {row.title}, {row.unit} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(medians: Mapping[str, float], server: str, first: str) -> str:
    if server not in medians:
        return "-"
    value, reference = medians[server], medians.get(first, 0)
    ratio = f" ({value / reference:.2f})" if reference and server != first else ""
    return f"{_number(value)}{ratio}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def plot(rows: Sequence[Row], servers: Sequence[str]) -> str:
    """An SVG: for each row a bar for each server, as long as its share of the row's largest value."""
    y, parts = 10, []
    for row in rows:
        medians = row.medians()
        largest = max(medians.values()) or 1
        parts.append(_text(10, y + 12, f"{row.title}, {row.unit}", "bold"))
        y += 20
        for server in servers:
            if server in medians:
                length = medians[server] / largest * (_WIDTH - _LEFT - _RIGHT)
                colour = _COLOURS[servers.index(server) % len(_COLOURS)]
                parts.append(_text(20, y + 11, server))
                parts.append(f'<rect x="{_LEFT}" y="{y}" width="{length:.1f}" height="{_BAR}" fill="{colour}"/>')
                parts.append(_text(int(_LEFT + length) + 6, y + 11, _number(medians[server])))
                y += _BAR + 4
        y += _GAP
    shape = f'width="{_WIDTH}" height="{y}" font-family="sans-serif" font-size="12"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {shape}>'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>"]) + "\n"


def _text(x: int, y: int, text: str, weight: str = "normal") -> str:
    return f'<text x="{x}" y="{y}" font-weight="{weight}">{escape(text)}</text>'
