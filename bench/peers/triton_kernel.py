"""Bidirectional attention over packed sequences in Triton: online softmax, masks on the last keys only."""

import torch
import triton
import triton.language as tl

from samples import percentile
from timing import warm_milliseconds

# Rows of queries, keys at a time, warps, stages.
_FEW = ((16, 64, 2, 2), (32, 64, 2, 2), (64, 64, 4, 2), (128, 64, 8, 3))
_MORE = (
    (16, 32, 1, 2),
    (32, 32, 2, 2),
    (64, 32, 4, 3),
    (64, 64, 4, 3),
    (64, 128, 4, 2),
    (128, 64, 4, 2),
    (128, 128, 8, 2),
)


@triton.jit
def _step(
    q,
    k_rows,
    v_rows,
    k_stride,
    v_stride,
    columns,
    keys,
    length,
    best,
    total,
    out,
    scale,
    DIM: tl.constexpr,
    MASKED: tl.constexpr,
):
    # One block of keys: (BLOCK_N, dim), of which with MASKED only `length` rows are there.
    inside = (columns < DIM)[None, :]
    if MASKED:
        inside = inside & (keys < length)[:, None]
    k = tl.load(k_rows + keys[:, None] * k_stride + columns[None, :], mask=inside, other=0.0)
    scores = tl.dot(q, tl.trans(k)) * scale
    if MASKED:
        scores = tl.where((keys < length)[None, :], scores, float("-inf"))
    new_best = tl.maximum(best, tl.max(scores, 1))
    weights = tl.exp2(scores - new_best[:, None])
    shrink = tl.exp2(best - new_best)
    v = tl.load(v_rows + keys[:, None] * v_stride + columns[None, :], mask=inside, other=0.0)
    total = total * shrink + tl.sum(weights, 1)
    out = tl.dot(weights.to(v.dtype), v, out * shrink[:, None])
    return new_best, total, out


def _kernel(
    q_base, k_base, v_base, offsets, out_base, q_stride, k_stride, v_stride, out_stride, scale, sequences, longest,
    HEADS: tl.constexpr, DIM: tl.constexpr, COLUMNS: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    sequence = tl.program_id(1) // HEADS
    head = tl.program_id(1) % HEADS
    begin = tl.load(offsets + sequence)
    length = tl.load(offsets + sequence + 1) - begin
    first = tl.program_id(0) * BLOCK_M
    if first >= length:
        return
    rows = first + tl.arange(0, BLOCK_M)
    columns = tl.arange(0, COLUMNS)
    keys = tl.arange(0, BLOCK_N)
    begin = begin.to(tl.int64)
    k_rows = k_base + begin * k_stride + head * DIM
    v_rows = v_base + begin * v_stride + head * DIM
    there = (rows < length)[:, None] & (columns < DIM)[None, :]
    q_rows = q_base + begin * q_stride + head * DIM
    q = tl.load(q_rows + rows[:, None] * q_stride + columns[None, :], mask=there, other=0.0)
    best = tl.full([BLOCK_M], float("-inf"), tl.float32)
    total = tl.zeros([BLOCK_M], tl.float32)
    out = tl.zeros([BLOCK_M, COLUMNS], tl.float32)
    scale = scale * 1.4426950408889634  # exponentials of base two
    whole = length // BLOCK_N * BLOCK_N
    for block in range(0, whole, BLOCK_N):
        best, total, out = _step(
            q, k_rows, v_rows, k_stride, v_stride, columns, block + keys, length, best, total, out, scale, DIM, False
        )
    if whole < length:
        best, total, out = _step(
            q, k_rows, v_rows, k_stride, v_stride, columns, whole + keys, length, best, total, out, scale, DIM, True
        )
    out_rows = out_base + begin * out_stride + head * DIM
    out = (out / total[:, None]).to(out_base.dtype.element_ty)
    tl.store(out_rows + rows[:, None] * out_stride + columns[None, :], out, mask=there)


def _worth_trying(configs, arguments, **_):
    # Blocks beyond the longest sequence are empty work.
    limit = triton.next_power_of_2(arguments["longest"])
    return [c for c in configs if c.kwargs["BLOCK_M"] <= max(32, limit) and c.kwargs["BLOCK_N"] <= max(64, limit)]


def _measure(call, quantiles):
    # As the time with a warm L2 cache is measured, and quicker than Triton's own.
    times = warm_milliseconds(call)
    return [percentile(times, part) for part in quantiles]


_tuned = None


def tune(few: bool) -> None:
    """Makes the kernel, to be tuned among `few` or all of the choices."""
    global _tuned
    configs = [
        triton.Config({"BLOCK_M": m, "BLOCK_N": n}, num_warps=warps, num_stages=stages)
        for m, n, warps, stages in (_FEW if few else _FEW + _MORE)
    ]
    _tuned = triton.autotune(
        configs, key=["sequences", "longest", "HEADS", "DIM"], prune_configs_by={"early_config_prune": _worth_trying},
        do_bench=_measure,
    )(triton.jit(_kernel, do_not_specialize=["sequences", "longest"]))  # fmt: skip


def attention(q, k, v, offsets, longest, scale):
    """q, k, v: (rows, heads, dim), of which a row's heads are contiguous. The result is (rows, heads, dim)."""
    rows, heads, dim = q.shape
    out = torch.empty((rows, heads, dim), device=q.device, dtype=q.dtype)
    sequences = offsets.shape[0] - 1
    _tuned[lambda choice: (triton.cdiv(longest, choice["BLOCK_M"]), sequences * heads)](
        q, k, v, offsets, out, q.stride(0), k.stride(0), v.stride(0), out.stride(0), scale, sequences, longest,
        HEADS=heads, DIM=dim, COLUMNS=max(16, triton.next_power_of_2(dim)),
    )  # fmt: skip
    return out
