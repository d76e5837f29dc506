"""Times of methods over one workload, all of them in turn."""

import gc
import time

import torch

from samples import CALLS, rotated, summary

_FLUSH_BYTES = 256 << 20  # more than any L2 cache
_HOLD_CLOCKS = 100_000  # the GPU waits so long before a measurement, while the host fills its queue
_MOST_CLOCKS = 100_000_000


class Method:
    """A function that enqueues one call, with graphs of ten calls and of one. `graph` says whether it can be captured;
    where not, calls are made one by one, and the GPU is held up until the host is ahead."""

    def __init__(self, name, call):
        self.name, self.call = name, call
        self.samples = {"warm": [], "cold": [], "enqueue": [], "wall": [], "back_to_back": []}
        self.error = None
        self.graph = True
        self.hold = _HOLD_CLOCKS
        try:
            self._graphs = [_capture(call, CALLS), _capture(call, 1)]
            self.ten, self.one = (graph.replay for graph in self._graphs)
        except Exception:  # another's library may raise anything
            torch.cuda.synchronize()
            self.graph = False
            self.ten, self.one = (lambda: [call() for _ in range(CALLS)]), call
            begin = time.perf_counter()
            self.ten()
            self.hold = min(_MOST_CLOCKS, self.hold + int((time.perf_counter() - begin) * 3e9))
        torch.cuda.synchronize()
        call()
        torch.cuda.synchronize()
        self.call_seconds = _elapsed(call)
        self.ten_seconds = _elapsed(self.ten)


def _elapsed(run):
    begin = time.perf_counter()
    run()
    torch.cuda.synchronize()
    return time.perf_counter() - begin


def _capture(call, calls):
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            call()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    # torch.cuda.graph() would do the same, and collect garbage and empty the allocator's cache first each time.
    with torch.cuda.stream(stream):
        graph.capture_begin(capture_error_mode="thread_local")
        try:
            for _ in range(calls):
                call()
        finally:
            graph.capture_end()
    torch.cuda.synchronize()
    return graph


def _events():
    return torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)


def warm_milliseconds(call, repeat=5):
    """Of one call, from graphs of ten; sorted."""
    graph = _capture(call, CALLS)
    pairs = []
    for _ in range(repeat + 1):
        begin, end = _events()
        torch.cuda._sleep(_HOLD_CLOCKS)
        begin.record()
        graph.replay()
        end.record()
        pairs.append((begin, end))
    torch.cuda.synchronize()
    return sorted(begin.elapsed_time(end) / CALLS for begin, end in pairs[1:])


class Timer:
    def __init__(self, effort):
        self._effort = effort
        self._flush = torch.empty(_FLUSH_BYTES, dtype=torch.int8, device="cuda")

    def _gpu(self, run, hold, count, cold):
        """Microseconds between events around each of `count` runs; one more goes first."""
        pairs = []
        for i in range(count + 1):
            begin, end = _events()
            if cold:
                self._flush.fill_(i)
            torch.cuda._sleep(hold)
            begin.record()
            run()
            end.record()
            if i:
                pairs.append((begin, end))
        torch.cuda.synchronize()
        return [begin.elapsed_time(end) * 1e3 for begin, end in pairs]

    def _warm(self, method):
        count = self._effort.visits(method.ten_seconds)
        return {"warm": [us / CALLS for us in self._gpu(method.ten, method.hold, count, cold=False)]}

    def _cold(self, method):
        count = self._effort.visits(method.call_seconds + 2e-4)
        return {"cold": self._gpu(method.one, method.hold, count, cold=True)}

    def _host(self, method):
        """One call at a time: until it returns, and until its result is there."""
        count = self._effort.visits(method.call_seconds, times=5)
        enqueue, wall = [], []
        call, clock, synchronize = method.call, time.perf_counter_ns, torch.cuda.synchronize
        for i in range(count + 1):
            synchronize()
            begin = clock()
            call()
            returned = clock()
            synchronize()
            end = clock()
            if i:
                enqueue.append((returned - begin) / 1e3)
                wall.append((end - begin) / 1e3)
        return {"enqueue": enqueue, "wall": wall}

    def _back_to_back(self, method):
        count = max(4, self._effort.visits(method.call_seconds, times=10))
        call = method.call
        call()
        torch.cuda.synchronize()
        begin = time.perf_counter_ns()
        for _ in range(count):
            call()
        torch.cuda.synchronize()
        return {"back_to_back": [(time.perf_counter_ns() - begin) / 1e3 / count]}

    def run(self, methods):
        """Fills the samples of `methods`; one that fails gets an `error` and drops out."""
        gc.collect()
        gc.disable()
        try:
            for turn in range(self._effort.rounds):
                for measure in (self._warm, self._cold, self._host, self._back_to_back):
                    for method in rotated(methods, turn):
                        if method.error is not None or self._effort.leaves_out(turn, method.ten_seconds):
                            continue
                        try:
                            for kind, values in measure(method).items():
                                method.samples[kind] += values
                        except Exception as error:
                            method.error = error
        finally:
            gc.enable()


def times(method):
    """Microseconds by kind of measurement."""
    return {kind: summary(values) for kind, values in method.samples.items()}
