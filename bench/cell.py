"""Cells: which attention over which lengths. Nothing here needs PyTorch.

A file of cells is JSON:

    {"about": "...", "cells": [{"sequences": [1, 4], "tokens": 197, "keep": [1.0, 0.5]}, ...]}

A list of numbers in `sequences`, `tokens`, `keep`, `heads`, `head_dim` or `dtype` stands for one cell for each. Lengths
are one of
    "tokens" and "keep"     around keep * tokens, a tenth of that as standard deviation; tokens each for 1
    "uniform": [low, high]  each length from low to high equally likely
    "counts": [[n, length], ...]   so many of each, in random order
and `beside` names the cell whose work is the same, spread otherwise. [batch, tokens, keep, heads, head_dim, dtype] is
a cell too.
"""

import itertools
import json
import os
import random
import zlib
from dataclasses import dataclass, replace

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cells")
DTYPES = ("bf16", "f16", "f32")
_LONG_NAMES = {"bfloat16": "bf16", "float16": "f16", "float32": "f32"}
_KEYS = {
    "name", "beside", "sequences", "tokens", "keep", "uniform", "counts", "heads", "head_dim", "dtype"
}  # fmt: skip
_LISTS = ("sequences", "tokens", "keep", "heads", "head_dim", "dtype")


class CellError(ValueError):
    """What was expected of a file of cells, and what was found."""


@dataclass(frozen=True)
class Cell:
    name: str
    tokens: int  # no sequence is longer; what padding "to the capacity" means
    keep: float | None  # where lengths are drawn around it
    heads: int
    head_dim: int
    dtype: str  # of DTYPES
    lengths: tuple[int, ...]  # rows of each sequence
    seed: int  # that the lengths were drawn with
    beside: str | None = None  # name of the cell with the same work
    file: str = ""  # the name of its file, as it was asked for

    @property
    def sequences(self) -> int:
        return len(self.lengths)

    @property
    def rows(self) -> int:
        return sum(self.lengths)

    @property
    def longest(self) -> int:
        return max(self.lengths)

    @property
    def element_bytes(self) -> int:
        return 4 if self.dtype == "f32" else 2


def _normal(generator: random.Random) -> float:
    # Of twelve uniform ones: Random.random() is the same in every version of Python, gauss() is not promised to be.
    return sum(generator.random() for _ in range(12)) - 6


def draw_lengths(spec: dict, seed: int) -> tuple[int, ...]:
    """The lengths that the keys of a cell ask for."""
    generator = random.Random(seed)
    if "counts" in spec:
        lengths = [length for count, length in spec["counts"] for _ in range(count)]
        for i in range(len(lengths) - 1, 0, -1):
            j = int(generator.random() * (i + 1))
            lengths[i], lengths[j] = lengths[j], lengths[i]
        return tuple(lengths)
    if "uniform" in spec:
        low, high = spec["uniform"]
        return tuple(low + int(generator.random() * (high - low + 1)) for _ in range(spec["sequences"]))
    tokens, keep = spec["tokens"], spec["keep"]
    if keep >= 1:
        return (tokens,) * spec["sequences"]
    mean = keep * (tokens - 1)  # one row, as the class token of a vision transformer, is always kept
    others = (round(mean + 0.1 * mean * _normal(generator)) for _ in range(spec["sequences"]))
    return tuple(1 + min(max(1, n), tokens - 1) for n in others)


def _expect(condition: bool, expected: str, got: object) -> None:
    if not condition:
        raise CellError(f"expected {expected}, got {json.dumps(got)}")


def _is_count(value: object, low: int = 1) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= low


def _check(spec: dict) -> None:
    for key in ("heads", "head_dim"):
        _expect(_is_count(spec[key]), f"{key} to be a positive number", spec[key])
    _expect(spec["dtype"] in DTYPES, f"dtype to be one of {', '.join(DTYPES)}", spec["dtype"])
    if "counts" in spec:
        counts = spec["counts"]
        pairs = isinstance(counts, list) and counts and all(isinstance(c, list) and len(c) == 2 for c in counts)
        _expect(
            pairs and all(_is_count(n) and _is_count(length, 0) for n, length in counts) and any(c[1] for c in counts),
            "counts to be pairs of a number of sequences and a length",
            counts,
        )
        return
    _expect(_is_count(spec.get("sequences")), "sequences to be a positive number", spec.get("sequences"))
    if "uniform" in spec:
        bounds = spec["uniform"]
        _expect(
            isinstance(bounds, list) and len(bounds) == 2 and all(_is_count(b, 0) for b in bounds)
            and bounds[0] <= bounds[1] and bounds[1] > 0,
            "uniform to be a lowest and a highest length", bounds,
        )  # fmt: skip
        return
    _expect(_is_count(spec.get("tokens"), 2), "tokens to be a number above 1", spec.get("tokens"))
    keep = spec.get("keep")
    _expect(isinstance(keep, int | float) and 0 < keep <= 1, "keep to be above 0 and at most 1", keep)


def _make(spec: dict, seed: int) -> Cell:
    _check(spec)
    # The lengths do not depend on heads, head dimension or type, so that such cells can be compared.
    what = {key: spec[key] for key in ("sequences", "tokens", "keep", "uniform", "counts") if key in spec}
    seed = zlib.crc32(json.dumps(what, sort_keys=True).encode()) + seed
    lengths = draw_lengths(spec, seed)
    if "counts" in spec:
        shape = ", ".join(f"{n} of {length}" for n, length in spec["counts"])
        longest = max(lengths)
    elif "uniform" in spec:
        shape = f"{spec['sequences']} of {spec['uniform'][0]} to {spec['uniform'][1]}"
        longest = spec["uniform"][1]
    else:
        shape = f"{spec['sequences']} x {spec['tokens']}, keep {spec['keep']:g}"
        longest = spec["tokens"]
    usual = (spec["heads"], spec["head_dim"], spec["dtype"]) == (12, 64, "bf16")
    name = spec.get("name") or shape + ("" if usual else f", {spec['dtype']} {spec['heads']} x {spec['head_dim']}")
    keep = None if "counts" in spec or "uniform" in spec else float(spec["keep"])
    return Cell(
        name, spec.get("tokens", longest), keep, spec["heads"], spec["head_dim"], spec["dtype"],
        lengths, seed, spec.get("beside"),
    )  # fmt: skip


def parse_cells(document: object, seed: int = 0) -> list[Cell]:
    """The cells of a parsed file. `seed` is added to the seed of each, to draw other lengths."""
    entries = document.get("cells") if isinstance(document, dict) else document
    _expect(isinstance(entries, list) and len(entries) > 0, "a list of cells", entries)
    cells = []
    for entry in entries:
        if isinstance(entry, list):
            _expect(len(entry) == 6, "[batch, tokens, keep, heads, head_dim, dtype]", entry)
            entry = dict(zip(("sequences", "tokens", "keep", "heads", "head_dim", "dtype"), entry))
            entry["dtype"] = _LONG_NAMES.get(entry["dtype"], entry["dtype"])
        _expect(isinstance(entry, dict), "a cell to be an object", entry)
        unknown = sorted(set(entry) - _KEYS)
        _expect(not unknown, f"keys of {', '.join(sorted(_KEYS))}", unknown)
        spec = {"heads": 12, "head_dim": 64, "dtype": "bf16", **entry}
        axes = [key for key in _LISTS if isinstance(spec.get(key), list)]
        for values in itertools.product(*(spec[key] for key in axes)):
            cells.append(_make({**spec, **dict(zip(axes, values))}, seed))
    names = [cell.name for cell in cells]
    doubled = sorted({name for name in names if names.count(name) > 1})
    _expect(not doubled, "every cell to have a name of its own", doubled)
    for cell in cells:
        _expect(cell.beside is None or cell.beside in names, "beside to name a cell of the file", cell.beside)
    return cells


def shipped() -> list[str]:
    """Names of the files in the folder of cells."""
    return sorted(name[: -len(".json")] for name in os.listdir(FOLDER) if name.endswith(".json"))


def load_cells(what: str, seed: int = 0) -> list[Cell]:
    """The cells of one or more files, by path or by the name of one that is shipped, with commas between them."""
    cells = []
    for part in what.split(","):
        path = os.path.join(FOLDER, part + ".json") if part in shipped() else part
        try:
            with open(path, encoding="utf-8") as file:
                document = json.load(file)
        except OSError as error:
            raise CellError(
                f"expected a file of cells or one of {', '.join(shipped())}, got {part}: {error.strerror}"
            ) from None
        except json.JSONDecodeError as error:
            raise CellError(f"{path}: expected JSON, got {error}") from None
        try:
            names = {cell.name for cell in cells}
            cells += [replace(cell, file=part) for cell in parse_cells(document, seed) if cell.name not in names]
        except CellError as error:
            raise CellError(f"{path}: {error}") from None
    return cells
