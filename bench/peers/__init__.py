"""Attentions to be measured, one kind in each file.

A peer is a class with a few words about itself. Making one looks for what it needs on this machine and raises when that
is missing; `prepare` gives what runs once: a function without arguments that enqueues one attention of a workload on
PyTorch's current stream, its result included, and may be captured in a CUDA graph where the library can.
"""

import importlib

_MODULES = (
    "ragged", "flash2", "triton_varlen", "sdpa", "flash3", "flash4", "flashinfer_ragged", "torch_varlen", "flex",
    "nested",
)  # fmt: skip


class Unavailable(Exception):
    """The machine lacks what a peer needs; the text says what."""


class Unsupported(Exception):
    """A peer cannot do this cell; the text says why."""


class Peer:
    name = ""  # on the command line and in the JSON
    title = ""  # in tables and plots
    about = ""  # what is called
    ours = False
    fast = False  # in the set `fast` too: quick to prepare
    # "longest" or "capacity": rows are padded with zeros up to there, which are attended to as keys like any other.
    # That is not the ragged attention unless all lengths are equal; such a peer is checked against what it does
    # compute, and stands for the least that a padded implementation takes.
    padding: str | None = None

    def __init__(self, options):
        """`options` are the command line's. Raises Unavailable, ImportError, or whatever a broken library raises."""

    def prepare(self, work):
        """What runs one attention over `work`. Raises Unsupported for a cell that is beyond this peer."""
        raise NotImplementedError

    def rows(self, work, result):
        """The (rows, heads, dim) of a result, padding left out. Not timed."""
        return result[0] if isinstance(result, tuple) else result


def expect_16_bits(work):
    if work.cell.dtype == "f32":
        raise Unsupported("takes bf16 and f16 only")


def describe(error: BaseException) -> str:
    """One line of what an exception says."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else ""
    if not isinstance(error, Unavailable | Unsupported | ImportError):
        text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return text[:200]


def classes() -> list[type[Peer]]:
    """Every kind there is, ours first. No library is looked for yet."""
    return [peer for module in _MODULES for peer in importlib.import_module(f"peers.{module}").PEERS]


def choose(which: str) -> list[type[Peer]]:
    """The kinds that `fast`, `all` or names with commas between them stand for; ours always, as without it there is no
    ratio."""
    every = classes()
    if which == "all":
        return every
    names = [] if which == "fast" else which.split(",")
    unknown = sorted(set(names) - {peer.name for peer in every})
    if unknown:
        raise ValueError(f"expected fast, all or some of {', '.join(p.name for p in every)}, got {', '.join(unknown)}")
    return [peer for peer in every if (peer.fast if which == "fast" else peer.name in names or peer.name == "raggedc")]


def make(kinds, options) -> tuple[list[Peer], dict[str, str]]:
    """The peers that this machine can run, and why it cannot run the others."""
    made, missing = [], {}
    for kind in kinds:
        try:
            made.append(kind(options))
        except Exception as error:  # another's library may raise anything
            missing[kind.name] = describe(error)
    return made, missing
