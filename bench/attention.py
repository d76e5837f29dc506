#!/usr/bin/env python3
"""Measures raggedc beside every attention that this machine's PyTorch offers, in one process. See README.md."""

import argparse
import json
import os
import sys
import time

import accuracy
import cell as cells_file
import peers
import report
import samples

INPUT_IS_WRONG, MACHINE_IS_WRONG = 1, 2


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="bench/attention.py", description="raggedc beside the attentions of PyTorch, on this machine's GPU"
    )
    parser.add_argument(
        "--raggedc", metavar="PATH", help="libragged_runtime, or the folder of a build or an installation"
    )
    parser.add_argument(
        "--cells", default="main", metavar="NAMES",
        help=f"files of cells, with commas: {', '.join(cells_file.shipped())}, or paths (default: main)",
    )  # fmt: skip
    parser.add_argument("--only", metavar="TEXT", help="only cells whose name contains one of these, with semicolons")
    parser.add_argument("--peers", default="fast", metavar="fast|all|NAMES", help="whom to measure (default: fast)")
    parser.add_argument("--quick", action="store_true", help="fewer samples, less tuning of peers")
    parser.add_argument(
        "--prepare", type=float, metavar="SECONDS",
        help="leave a peer out that has spent more on compiling and tuning so far (default: 90, quick: 30)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="draws other lengths (default: 0)")
    parser.add_argument("--commit", help="what to write down as raggedc's commit (default: git's word)")
    parser.add_argument("--json", metavar="FILE", help="write everything there, after each cell")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables there too")
    parser.add_argument("--list", action="store_true", help="say which peers and cells there are, and measure nothing")
    options = parser.parse_args(arguments)
    if options.prepare is None:
        options.prepare = 30.0 if options.quick else 90.0
    options.kinds = peers.choose(options.peers)
    options.chosen = cells_file.load_cells(options.cells, options.seed)
    if options.only:
        parts = options.only.split(";")
        options.chosen = [c for c in options.chosen if any(part in c.name for part in parts)]
        if not options.chosen:
            raise ValueError(f"expected cells with {options.only} in their name, got none")
    return options


def say(text):
    print(text, file=sys.stderr, flush=True)


def cell_as_json(cell):
    shortest, longest = min(cell.lengths), cell.longest
    return {
        "name": cell.name, "sequences": cell.sequences, "tokens": cell.tokens, "keep": cell.keep, "heads": cell.heads,
        "head_dim": cell.head_dim, "dtype": cell.dtype, "rows": cell.rows, "shortest": shortest, "longest": longest,
        "seed": cell.seed, "beside": cell.beside, "file": cell.file,
    }  # fmt: skip


class Run:
    def __init__(self, options, library):
        import machine
        import timing

        self.options, self.library = options, library
        self.machine, self.timing = machine, timing
        self.made, missing = peers.make(options.kinds, options)
        self.spent = {peer.name: 0.0 for peer in self.made}
        self.rates = machine.measure_rates()
        self.uuid = machine.gpu_uuid()
        effort = samples.QUICK if options.quick else samples.FULL
        self.timer = timing.Timer(effort)
        self.report = {
            "format": report.FORMAT,
            "machine": machine.describe(library, options.commit),
            "rates": vars(self.rates),
            "protocol": {
                "quick": options.quick, "rounds": effort.rounds, "calls": samples.CALLS, "cells": options.cells,
                "seed": options.seed,
            },
            "methods": [
                {
                    "name": kind.name, "title": kind.title, "about": kind.about, "ours": kind.ours,
                    "padding": kind.padding, "missing": missing.get(kind.name),
                }
                for kind in options.kinds
            ],
            "cells": [],
        }  # fmt: skip

    def _prepare(self, peer, work):
        """What runs once, after its result was compared, and what is known of it."""
        import torch

        if self.spent[peer.name] > self.options.prepare:
            raise peers.Unsupported(f"spent {self.spent[peer.name]:.0f} s on compiling and tuning before")
        begin = time.perf_counter()
        try:
            call = peer.prepare(work)
            work.poison()
            result = call()
            torch.cuda.synchronize()
        finally:
            seconds = time.perf_counter() - begin
            if not peer.ours:
                self.spent[peer.name] += seconds
        error = work.error(peer.rows(work, result), peer.padding)
        if peer.ours:
            self.library.check(torch.cuda.current_stream().cuda_stream)
        known = {"error": error, "prepare_s": seconds}
        if fault := accuracy.fault(error, work.cell.dtype):
            return None, {"error": error if error < float("inf") else None, "failed": fault}
        return call, known

    def measure(self, cell):
        import torch

        from floors import floors
        from workload import Workload

        work = Workload(cell, "cuda")
        results, methods = {}, []
        for peer in self.made:
            try:
                call, known = self._prepare(peer, work)
                if call is not None:
                    methods.append(self.timing.Method(peer.name, call))
                    known["graph"] = methods[-1].graph
            except Exception as error:  # another's library may raise anything
                known = {"failed": peers.describe(error)}
                try:
                    torch.cuda.synchronize()
                except Exception as lost:  # the device's context is gone, for all of them
                    raise SystemExit(f"{cell.name}: {peer.name}: {peers.describe(lost)}") from error
            results[peer.name] = known
        work.forget_reference()
        self.timer.run(methods)
        clock = self.machine.smi(self.uuid, "clocks.sm").get("clocks.sm", "")
        for method in methods:
            if method.error is not None:
                results[method.name]["failed"] = peers.describe(method.error)
            else:
                results[method.name].update(self.timing.times(method))
        entry = {**cell_as_json(cell), "floors": floors(cell, self.rates), "sm_mhz": clock, "results": results}
        self.report["cells"].append(entry)
        methods.clear()
        torch.cuda.empty_cache()
        return entry

    def write(self):
        for path, text in (
            (self.options.json, json.dumps(self.report, indent=1) + "\n"),
            (self.options.markdown, report.to_markdown(self.report)),
        ):
            if path:
                with open(path + ".part", "w", encoding="utf-8") as file:
                    file.write(text)
                os.replace(path + ".part", path)


def list_everything(options):
    for kind in options.kinds:
        print(f"{kind.name:24}{kind.title:28}{kind.about}")
    for cell in options.chosen:
        print(f"{cell.name:44}{cell.rows:8} rows, {min(cell.lengths)} to {cell.longest}")


def main(arguments=None):
    try:
        options = parse(arguments)
    except ValueError as error:
        say(f"error: {error}")
        return INPUT_IS_WRONG
    if options.list:
        list_everything(options)
        return 0
    try:
        import torch
    except ImportError as error:
        say(f"error: expected PyTorch, got {error}")
        return MACHINE_IS_WRONG
    if not torch.cuda.is_available():
        say("error: expected a GPU, got none")
        return MACHINE_IS_WRONG
    import raggedc

    torch.set_grad_enabled(False)
    torch.cuda.init()
    begin = time.monotonic()
    try:
        options.library = raggedc.Library(options.raggedc)
    except (OSError, raggedc.Error) as error:
        say(f"error: {error}")
        return MACHINE_IS_WRONG
    run = Run(options, options.library)
    for method in run.report["methods"]:
        if method["missing"]:
            say(f"missing: {method['name']}: {method['missing']}")
    if not any(peer.ours for peer in run.made):
        say("error: raggedc cannot be measured")
        return MACHINE_IS_WRONG
    said = set()
    for index, cell in enumerate(options.chosen):
        entry = run.measure(cell)
        progress = f"[{index + 1}/{len(options.chosen)}, {time.monotonic() - begin:.0f} s]"
        say(f"{progress} {report.one_line(entry, run.report)}")
        for name, result in entry["results"].items():
            if "failed" in result and (name, result["failed"]) not in said:
                said.add((name, result["failed"]))
                say(f"    {name}: {result['failed']}")
        run.report["protocol"]["seconds"] = round(time.monotonic() - begin, 1)
        run.write()
    say(report.closing(run.report))
    print(report.to_markdown(run.report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
