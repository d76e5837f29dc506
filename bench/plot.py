#!/usr/bin/env python3
"""Pictures of what attention.py measured: plot.py FILE.json PREFIX writes PREFIX-keep.svg, time against keep ratio, and
PREFIX-floor.svg, the part of each cell's time that its floor is. Needs nothing but Python; light and dark."""

import math
import sys

import report
from svg import Picture

_PANEL_WIDTH, _PANEL_HEIGHT, _LABELS, _COLUMNS = 250, 150, 160, 2
_OTHERS = 5  # lines of a panel, besides ours and the floor
_ROW = 19


def _groups(document, metric):
    """Cells that differ in their keep ratio only, two of them at least, in the order of the report."""
    groups = {}
    for entry in document["cells"]:
        if entry["keep"] is not None and report.median(entry["results"].get(report.OURS), metric) is not None:
            key = tuple(entry[k] for k in ("sequences", "tokens", "heads", "head_dim", "dtype"))
            groups.setdefault(key, []).append(entry)
    return {key: sorted(cells, key=lambda c: c["keep"]) for key, cells in groups.items() if len(cells) > 1}


def _lines(document, metric):
    """Ours, and the others that are fastest on the whole."""

    def slowness(method):
        pairs = [(report.median(e["results"].get(method["name"]), metric), report.best_other(e, document, metric))
                 for e in document["cells"]]  # fmt: skip
        factors = [mine / best[0] for mine, best in pairs if mine is not None and best]
        return report.geometric_mean(factors) or math.inf

    others = sorted((m for m in report.measured(document) if not m["ours"]), key=slowness)[:_OTHERS]
    return [m for m in document["methods"] if m["name"] == report.OURS or m in others]


def _ticks(low, high):
    """1, 2 and 5 of every power of ten within; powers alone where these would be many."""
    steps = [1, 2, 5] if high / low < 200 else [1]
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [s * 10**p for p in powers for s in steps if low <= s * 10**p <= high]


def spaced(wanted, gap):
    """Positions near the wanted ones, in their order, `gap` apart at least."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    clusters = []  # of (middle, members)
    for i in order:
        clusters.append((wanted[i], [i]))
        while len(clusters) > 1:
            (low, below), (high, above) = clusters[-2:]
            if high - low >= gap * (len(below) + len(above)) / 2:
                break
            count = len(below) + len(above)
            clusters[-2:] = [((low * len(below) + high * len(above)) / count, below + above)]
    found = [0.0] * len(wanted)
    for middle, members in clusters:
        for at, i in enumerate(members):
            found[i] = middle + gap * (at - (len(members) - 1) / 2)
    return found


def _panel(picture, key, cells, lines, metric, left, top):
    sequences, tokens, heads, dim, dtype = key
    curves = []
    for index, method in enumerate(lines):
        points = [(c["keep"], report.median(c["results"].get(method["name"]), metric)) for c in cells]
        points = [(x, y) for x, y in points if y is not None]
        if points:
            kind = "ours" if method["ours"] else f"line{index}"
            curves.append((report.title(method), kind, points))
    curves.append(("floor", "floor", [(c["keep"], c["floors"][f"{metric}_us"]) for c in cells]))
    values = [y for _, kind, points in curves for _, y in points if kind != "floor"]
    low, high = min(values) / 1.5, max(values) * 1.25
    floors = [y for _, y in curves[-1][2]]
    if max(floors) >= low:  # else it is far below, and would only flatten the rest
        low = min(low, max(min(floors) / 1.2, low / 4))
    else:
        curves.pop()

    def at(keep, us):
        share = (math.log(us) - math.log(low)) / (math.log(high) - math.log(low))
        return left + keep * _PANEL_WIDTH, top + _PANEL_HEIGHT * (1 - share)

    usual = (heads, dim, dtype) == (12, 64, "bf16")
    more = "" if usual else f", {heads} heads of {dim}, {dtype}"
    picture.text(left, top - 8, f"{sequences} x {tokens}{more}", "strong")
    for tick in _ticks(low, high):
        y = at(0, tick)[1]
        picture.line([(left, y), (left + _PANEL_WIDTH, y)], "grid")
        picture.text(left - 5, y + 4, f"{tick:g}", "muted", anchor="end")
    for tick in (0, 0.25, 0.5, 0.75, 1):
        picture.text(at(tick, low)[0], top + _PANEL_HEIGHT + 15, f"{tick:g}", "muted", anchor="middle")
    ends = []
    for name, kind, points in curves:
        places = [(x, y) for x, y in (at(*p) for p in points) if y <= top + _PANEL_HEIGHT + 0.5]
        if not places:
            continue
        picture.line(places, kind)
        if kind != "floor":
            for x, y in places:
                picture.dot(x, y, kind)
        ends.append((places[-1], name, kind))
    for y, ((_, end), name, kind) in zip(spaced([place[1] for place, _, _ in ends], 13), ends):
        right = left + _PANEL_WIDTH
        picture.line([(right + 2, end), (right + 10, y)], kind, thin=True)
        picture.text(right + 13, y + 4, name, f"text-{kind}")


def keep_plot(document, metric="warm"):
    """Time against keep ratio, a panel for each number of sequences and tokens."""
    groups, lines = _groups(document, metric), _lines(document, metric)
    rows = sorted({key[0] for key in groups})
    columns = sorted({key[1:] for key in groups})
    if len(columns) == _COLUMNS and all((s, *c) in groups for s in rows for c in columns):
        ordered = [(s, *c) for s in rows for c in columns]
    else:
        ordered = list(groups)
    width = 50 + _COLUMNS * (_PANEL_WIDTH + _LABELS + 40)
    height = 74 + -(-len(ordered) // _COLUMNS) * (_PANEL_HEIGHT + 62)
    state = "warm" if metric == "warm" else "cold"
    picture = Picture(width, height)
    picture.text(20, 26, f"GPU microseconds of a call against the part of the tokens that is kept, L2 {state}", "title")
    picture.text(20, 45, _where(document), "muted")
    for index, key in enumerate(ordered):
        left = 50 + index % _COLUMNS * (_PANEL_WIDTH + _LABELS + 40)
        top = 92 + index // _COLUMNS * (_PANEL_HEIGHT + 62)
        _panel(picture, key, groups[key], lines, metric, left, top)
    if any(method["padding"] for method in lines):
        picture.text(20, height - 8, "† attends to the padding as well; sequences x tokens before pruning", "muted")
    return str(picture)


def floor_plot(document, metric="warm"):
    """The part of the time of ours, and of the fastest other, that the floor is."""
    entries = [e for e in document["cells"] if report.of_floor(e, metric) is not None]
    left, width, top = 200, 480, 92
    height = top + _ROW * len(entries) + 44
    picture = Picture(left + width + 140, height)
    state = "warm" if metric == "warm" else "cold"
    picture.text(
        20, 26, f"The floor, the least time that the chip could take, in percent of the time taken, L2 {state}", "title"
    )
    picture.text(20, 45, _where(document), "muted")
    bottom = top + _ROW * len(entries)
    for share in (0, 25, 50, 75, 100):
        x = left + width * share / 100
        picture.line([(x, top - 6), (x, bottom)], "grid")
        picture.text(x, bottom + 16, f"{share} %", "muted", anchor="middle")
    picture.text(left + width + 14, top - 12, "what binds", "muted")
    for row, entry in enumerate(entries):
        y = top + _ROW * row + _ROW / 2
        ours, best = report.of_floor(entry, metric), report.best_other(entry, document, metric)
        picture.text(left - 10, y + 4, entry["name"], "plain", anchor="end")
        picture.text(left + width + 14, y + 4, entry["floors"][f"binds_{metric}"], "muted")
        at_ours = left + width * min(1, ours)
        if best:
            at_best = left + width * min(1, entry["floors"][f"{metric}_us"] / best[0])
            picture.line([(at_best, y), (at_ours, y)], "ours", thin=True)
            picture.dot(at_best, y, "line1", hollow=True)
        picture.dot(at_ours, y, "ours", large=True)
    picture.dot(left + 4, top - 16, "ours", large=True)
    picture.text(left + 13, top - 12, "raggedc", "text-ours")
    picture.dot(left + 84, top - 16, "line1", hollow=True)
    picture.text(left + 93, top - 12, "the fastest other of the cell", "text-line1")
    return str(picture)


def _where(document):
    machine = document["machine"]
    software = f"driver {machine['driver']}, PyTorch {machine['torch']}, raggedc {machine['commit']}"
    return f"{machine['gpu']}, {software}, {machine['date']}"


def main(arguments):
    if len(arguments) != 2:
        print("usage: plot.py FILE.json PREFIX", file=sys.stderr)
        return 1
    try:
        document = report.load(arguments[0])
        pictures = [("keep", keep_plot(document))] if _groups(document, "warm") else []
        pictures.append(("floor", floor_plot(document)))
        for kind, text in pictures:
            with open(f"{arguments[1]}-{kind}.svg", "w", encoding="utf-8") as file:
                file.write(text)
            print(f"{arguments[1]}-{kind}.svg")
    except (report.ReportError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
