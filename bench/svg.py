"""A picture of lines, dots and words, which follows the reader's light or dark setting."""

from xml.sax.saxutils import escape, quoteattr

# name: (light, dark). Lines 0 to 7 can be told apart by those who see no red or no green.
_COLORS = {
    "ours": ("#0b62d6", "#58a6ff"),
    "floor": ("#8a929b", "#7d8590"),
    "line0": ("#0b62d6", "#58a6ff"),
    "line1": ("#b35a00", "#f0883e"),
    "line2": ("#00795c", "#3fb995"),
    "line3": ("#a0388a", "#e085cc"),
    "line4": ("#7a6400", "#d4b106"),
    "line5": ("#5b5fc7", "#a5a8ff"),
    "line6": ("#b42335", "#ff7b86"),
    "line7": ("#3d6b7d", "#79b8d1"),
}
_GROUND, _INK, _MUTED, _GRID = (
    ("#ffffff", "#0d1117"),
    ("#1f2328", "#e6edf3"),
    ("#59636e", "#9198a1"),
    ("#dfe3e8", "#2b3138"),
)


def _style(which):
    """The colours of the light (0) or dark (1) setting."""
    rules = [
        f".ground{{fill:{_GROUND[which]}}}", f"text{{fill:{_INK[which]}}}", f".muted{{fill:{_MUTED[which]}}}",
        f".grid{{stroke:{_GRID[which]}}}",
    ]  # fmt: skip
    for name, colors in _COLORS.items():
        color = colors[which]
        rules.append(f".{name}{{stroke:{color}}}.dot-{name}{{fill:{color}}}.text-{name}{{fill:{color}}}")
    return "".join(rules)


_FIXED = (
    "text{font:12px system-ui,sans-serif}.title{font-size:15px;font-weight:600}.strong,.text-ours{font-weight:600}"
    "polyline{fill:none;stroke-width:1.5}polyline.ours{stroke-width:3}polyline.grid,polyline.thin{stroke-width:1}"
    "polyline.floor{stroke-dasharray:4 3}polyline.thin{stroke-dasharray:none}circle.hollow{stroke-width:1.5}"
)


def _number(value):
    return f"{value:.1f}".rstrip("0").rstrip(".")


class Picture:
    """Sizes and places are in pixels from the top left; kinds are names of colours."""

    def __init__(self, width, height):
        self._width, self._height = width, height
        self._parts = []

    def text(self, x, y, words, kind, anchor="start"):
        place = f'x="{_number(x)}" y="{_number(y)}" text-anchor="{anchor}"'
        self._parts.append(f"<text {place} class={quoteattr(kind)}>{escape(words)}</text>")

    def line(self, points, kind, thin=False):
        places = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
        self._parts.append(f'<polyline class="{kind}{" thin" if thin else ""}" points="{places}"/>')

    def dot(self, x, y, kind, large=False, hollow=False):
        radius = 5 if large else 4 if hollow else 2.5
        kinds = f"ground hollow {kind}" if hollow else f"dot-{kind}"
        self._parts.append(f'<circle cx="{_number(x)}" cy="{_number(y)}" r="{radius}" class="{kinds}"/>')

    def __str__(self):
        width, height = _number(self._width), _number(self._height)
        size = f'width="{width}" height="{height}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}">\n'
            f"<style>{_FIXED}{_style(0)}@media (prefers-color-scheme:dark){{{_style(1)}}}</style>\n"
            f'<rect class="ground" {size}/>\n' + "\n".join(self._parts) + "\n</svg>\n"
        )
