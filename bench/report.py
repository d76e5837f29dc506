#!/usr/bin/env python3
"""Markdown tables of what attention.py measured: report.py FILE.json. Nothing here needs PyTorch."""

import json
import math
import sys

FORMAT = 1
OURS = "raggedc"
METRICS = {
    "warm": "GPU time of a call, L2 warm",
    "cold": "GPU time of a call, L2 cold",
    "wall": "Wall time of a call and of waiting for it",
    "back_to_back": "Wall time of a call among many, waited for once",
}


class ReportError(ValueError):
    """What was expected of a file of measurements, and what was found."""


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror}") from None
    except json.JSONDecodeError as error:
        raise ReportError(f"{path}: expected JSON, got {error}") from None
    found = document.get("format") if isinstance(document, dict) else None
    if found != FORMAT:
        raise ReportError(f"{path}: expected measurements of format {FORMAT}, got {found}")
    return document


def median(result, metric):
    """Microseconds, or None for what was not measured."""
    if result is None or "failed" in result or metric not in result:
        return None
    return result[metric]["median"]


def others(report):
    """The methods that are not ours."""
    return [method for method in report["methods"] if not method["ours"]]


def best_other(entry, report, metric, padded=True):
    """Microseconds and the method of the fastest that is not ours; None when there is none. Without `padded` those that
    attend to padding, where there is any, do not count."""
    even = entry["shortest"] == entry["tokens"]
    methods = [m for m in others(report) if padded or even or not m["padding"]]
    found = [(median(entry["results"].get(m["name"]), metric), m) for m in methods]
    found = [pair for pair in found if pair[0] is not None]
    return min(found, key=lambda pair: pair[0]) if found else None


def ratio(entry, report, metric, padded=True):
    """How many times as long the fastest other takes; None where one of both is missing."""
    ours, best = median(entry["results"].get(OURS), metric), best_other(entry, report, metric, padded)
    return best[0] / ours if ours and best else None


def of_floor(entry, metric):
    """The part of our time that the floor is; None for times that have none."""
    ours = median(entry["results"].get(OURS), metric)
    floor = entry["floors"].get(f"{metric}_us")
    return floor / ours if ours and floor else None


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def spread(entry, metric, name=OURS):
    """(p90 - p10) / median."""
    result = entry["results"].get(name)
    value = median(result, metric)
    return (result[metric]["p90"] - result[metric]["p10"]) / value if value else None


def number(value):
    if value is None:
        return "-"
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def percent(value):
    return "-" if value is None else f"{100 * value:.0f} %"


def factor(value):
    return "-" if value is None else f"{value:.2f}"


def title(method):
    return method["title"] + (" †" if method["padding"] else "")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def measured(report):
    """The methods that have a time in some cell, in the order of the report."""
    return [
        method for method in report["methods"]
        if any(median(entry["results"].get(method["name"]), "warm") is not None for entry in report["cells"])
    ]  # fmt: skip


def header(report):
    machine, rates, protocol = report["machine"], report["rates"], report["protocol"]
    software = [
        f"{what} {machine[key]}"
        for what, key in (("CUDA", "cuda"), ("PyTorch", "torch"), ("cuDNN", "cudnn"), ("Triton", "triton"))
        if machine.get(key)
    ]
    clocks = [entry["sm_mhz"] for entry in report["cells"] if entry.get("sm_mhz")]
    seen = f", {min(clocks, key=float)} to {max(clocks, key=float)} MHz after the cells" if clocks else ""
    return (
        f"{machine['gpu']} ({machine['multiprocessors']} multiprocessors, at most {machine['sm_mhz_max']} MHz{seen}), "
        f"driver {machine['driver']}, {', '.join(software)}; raggedc {machine['raggedc']}, commit {machine['commit']}; "
        f"{machine['date']}.\n\nRates of this GPU: copies {rates['copy'] / 1e12:.2f} TB/s, in the L2 cache "
        f"{rates['copy_in_l2'] / 1e12:.1f} TB/s, a matrix product of 8192 {rates['matmul'] / 1e12:.0f} TFLOP/s, "
        f"measured in the same run; exponentials {rates['exp'] / 1e12:.2f} T/s at its highest clock."
        f"{' Quick: few samples.' if protocol['quick'] else ''}\n"
    )


def summary(report):
    rows = []
    for metric, what in METRICS.items():
        ratios = [(r, entry["name"]) for entry in report["cells"] if (r := ratio(entry, report, metric)) is not None]
        if ratios:
            worst = min(ratios)
            behind = sum(r < 1 for r, _ in ratios)
            equal = [r for entry in report["cells"] if (r := ratio(entry, report, metric, padded=False)) is not None]
            rows.append([
                what, factor(geometric_mean([r for r, _ in ratios])), f"{factor(worst[0])} ({worst[1]})",
                f"{behind} of {len(ratios)}", factor(geometric_mean(equal)),
            ])  # fmt: skip
    head = ["fastest other / raggedc", "geometric mean", "worst cell", "behind in", "geometric mean without †"]
    return table(head, rows) if rows else "Nothing to compare with.\n"


def times(report, metric):
    methods = measured(report)
    has_floor = metric in ("warm", "cold")
    head = ["cell", *(title(m) for m in methods), "fastest other / raggedc"]
    head += ["floor", "of the floor", "binds"] if has_floor else []
    rows = []
    for entry in report["cells"]:
        row = [entry["name"], *(number(median(entry["results"].get(m["name"]), metric)) for m in methods)]
        row.append(factor(ratio(entry, report, metric)))
        if has_floor:
            floor = entry["floors"]
            row += [number(floor[f"{metric}_us"]), percent(of_floor(entry, metric)), floor[f"binds_{metric}"]]
        rows.append(row)
    spreads = [s for entry in report["cells"] if (s := spread(entry, metric)) is not None]
    note = f"\nSpread of raggedc's samples, (p90 - p10) / median: at most {percent(max(spreads))}.\n" if spreads else ""
    return table(head, rows) + note


def host(report):
    rows = []
    for method in measured(report):
        results = [entry["results"].get(method["name"]) for entry in report["cells"]]
        found = sorted(value for r in results if (value := median(r, "enqueue")) is not None)
        captured = all(r.get("graph", True) for r in results if median(r, "enqueue") is not None)
        if found:
            middle = found[len(found) // 2]
            rows.append(
                [title(method), number(middle), number(found[0]), number(found[-1]), "yes" if captured else "no"]
            )
    return table(["method", "median of the cells", "least", "most", "in a CUDA graph"], rows)


def beside(report):
    """Cells beside the same work spread otherwise; empty where there are none."""
    by_name = {entry["name"]: entry for entry in report["cells"]}
    rows = []
    for entry in report["cells"]:
        even = by_name.get(entry.get("beside"))
        ours = [median(e["results"].get(OURS), "warm") if e else None for e in (entry, even)]
        if all(ours):
            best = [best_other(e, report, "warm") for e in (entry, even)]
            theirs = factor(best[0][0] / best[1][0]) if all(best) else "-"
            rows.append(
                [entry["name"], even["name"], number(ours[0]), number(ours[1]), factor(ours[0] / ours[1]), theirs]
            )
    head = ["cell", "the same spread otherwise", "raggedc", "raggedc there", "ratio", "ratio of the fastest others"]
    return table(head, rows) if rows else ""


def methods_table(report):
    rows = []
    for method in report["methods"]:
        results = [entry["results"].get(method["name"]) or {} for entry in report["cells"]]
        errors = [r["error"] for r in results if r.get("error") is not None and "failed" not in r]
        state = f"missing: {method['missing']}" if method["missing"] else ""
        if not state:
            reasons = {}
            for entry, result in zip(report["cells"], results):
                if "failed" in result:
                    reasons.setdefault(result["failed"], []).append(entry["name"])
            state = "; ".join(
                f"{reason} ({len(names)} cells)" if len(names) > 2 else f"{reason} ({', '.join(names)})"
                for reason, names in reasons.items()
            )
        largest = f"{max(errors):.1e}" if errors else "-"
        rows.append([title(method), f"`{method['name']}`", method["about"], largest, state.replace("|", "\\|")])
    return table(["method", "name", "what", "largest relative error", "missing or failed"], rows)


def to_markdown(report):
    parts = ["# Attention of ragged batches", header(report), summary(report)]
    if any(method["padding"] for method in measured(report)):
        parts.append(
            "† attends to padding too, where there is any: without masks, so that the result is another, and only the "
            "least that a padded implementation can take.\n"
        )
    for metric, what in METRICS.items():
        parts += [f"## {what}", f"Microseconds, medians.\n\n{times(report, metric)}"]
    parts += ["## Host time to enqueue a call", f"Microseconds, p50, from Python.\n\n{host(report)}"]
    if text := beside(report):
        parts += ["## The same work spread otherwise", f"Microseconds on the GPU, L2 warm.\n\n{text}"]
    parts += ["## Methods", methods_table(report)]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def one_line(entry, report):
    best = best_other(entry, report, "warm")
    ours = median(entry["results"].get(OURS), "warm")
    against = f", {best[1]['title']} {number(best[0])}, ratio {factor(ratio(entry, report, 'warm'))}" if best else ""
    cold = factor(ratio(entry, report, "cold"))
    floor = percent(of_floor(entry, "warm"))
    return f"{entry['name']}: raggedc {number(ours)} us{against}, cold {cold}, {floor} of the floor"


def closing(report):
    """For the end of a run: how each file of cells came out, and the cells that are behind, worst first."""
    files, lines = {}, []
    for entry in report["cells"]:
        files.setdefault(entry.get("file") or "cells", []).append(entry)
    for name, entries in files.items():
        said, behind = [], []
        for metric in ("warm", "cold"):
            ratios = [(r, entry) for entry in entries if (r := ratio(entry, report, metric)) is not None]
            if not ratios:
                continue
            slower = sorted((pair for pair in ratios if pair[0] < 1), key=lambda pair: pair[0])
            mean = geometric_mean([r for r, _ in ratios])
            said.append(f"{metric} {factor(mean)}, behind in {len(slower)} of {len(ratios)}")
            for r, entry in slower:
                ours = median(entry["results"][OURS], metric)
                best = best_other(entry, report, metric)
                behind.append(
                    f"    {r:.3f} {metric}  {entry['name']}: {number(ours)} us, {best[1]['title']} {number(best[0])}"
                )
        missing = sum(median(entry["results"].get(OURS), "warm") is None for entry in entries)
        if missing:
            said.append(f"without a time of raggedc: {missing}")
        lines += [f"{name}: {'; '.join(said) or 'nothing to compare with'} (geometric means of fastest other / raggedc)"]
        lines += behind
    return "\n".join(lines)


def main(arguments):
    if len(arguments) != 1:
        print("usage: report.py FILE.json", file=sys.stderr)
        return 1
    try:
        print(to_markdown(load(arguments[0])), end="")
    except ReportError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
