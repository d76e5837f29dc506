"""How often things are measured, in what order, and what is said of the samples. Nothing here needs PyTorch."""

from dataclasses import dataclass

CALLS = 10  # of one graph, for the time with a warm L2 cache


@dataclass(frozen=True)
class Effort:
    rounds: int  # each visits every method once, each beginning with another one
    seconds: float  # for one method and kind of measurement in a cell, about
    most: int  # samples of a visit

    def visits(self, sample_seconds: float, times: int = 1) -> int:
        """Samples of one visit of what takes so long; where samples are cheap, `times` as many as usual."""
        return max(1, min(self.most * times, int(self.seconds / self.rounds / max(sample_seconds, 1e-9))))

    def leaves_out(self, turn: int, sample_seconds: float) -> bool:
        """Whether what takes so long has been sampled enough before this round."""
        return turn >= 3 and sample_seconds > self.seconds / self.rounds


FULL = Effort(rounds=9, seconds=0.25, most=8)
QUICK = Effort(rounds=3, seconds=0.05, most=6)


def rotated(items: list, turn: int) -> list:
    """`items` beginning with another one each turn, and every second turn the other way round, so that none always
    follows the same one."""
    if not items:
        return []
    first = turn % len(items)
    order = items[first:] + items[:first]
    return order[::-1] if turn % 2 else order


def percentile(values: list[float], part: float) -> float:
    """Between the two samples that are nearest."""
    ordered = sorted(values)
    at = part * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def summary(values: list[float]) -> dict:
    return {
        "median": percentile(values, 0.5), "p10": percentile(values, 0.1), "p90": percentile(values, 0.9),
        "samples": len(values),
    }  # fmt: skip
