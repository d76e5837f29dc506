"""The least time that a cell can take on a chip, by what binds.

For each sequence of n rows and each head, at head dimension D:
  memory   q, k, v and the result once, at the rate of a copy; of one within the L2 cache where that is warm and the
           data fits
  tensor   the products of q with k and of weights with v, in whole tiles: 64 rows (wgmma) or 16 (mma.sync) of queries
           by 16 keys, whichever is less, at the rate of a large matrix product
  exp      one exponential for each score, 16 x 16 at a time
The floor is the longest of the three. Nothing here needs PyTorch.
"""

from dataclasses import dataclass

# What mma.sync reaches of wgmma's rate on Hopper, 630 of 790 TFLOP/s measured on an H200.
_MMA_OF_WGMMA = 630 / 790


@dataclass(frozen=True)
class Rates:
    """Of one GPU."""

    copy: float  # bytes a second, read and written, of a large copy
    copy_in_l2: float  # the same of a copy that stays in the L2 cache
    l2_bytes: int
    matmul: float  # floating-point operations a second of a large product of 16-bit matrices
    exp: float  # exponentials a second
    has_wgmma: bool


def _tiles(n: int, tile: int) -> int:
    return -(-n // tile) * tile


def tensor_operations(lengths, heads: int, dim: int, has_wgmma: bool) -> float:
    """Of both products, as if all ran at the rate of the large matrix product."""
    total = 0.0
    for n in lengths:
        keys = _tiles(n, 16)
        rows = _tiles(n, 16) / _MMA_OF_WGMMA if has_wgmma else _tiles(n, 16)
        if has_wgmma:
            rows = min(rows, _tiles(n, 64))
        total += rows * keys
    return total * heads * dim * 4


def cell_bytes(cell) -> int:
    return 4 * cell.rows * cell.heads * cell.head_dim * cell.element_bytes + 4 * (cell.sequences + 1)


def cell_flops(cell) -> float:
    """Without padding: what a TFLOP/s counts."""
    return 4.0 * cell.heads * cell.head_dim * sum(n * n for n in cell.lengths)


def floors(cell, rates: Rates) -> dict:
    """Microseconds by what binds, and the longest with a warm and a cold L2 cache."""
    size = cell_bytes(cell)
    product_rate = rates.matmul / (2 if cell.dtype == "f32" else 1)  # tf32
    memory = size / rates.copy * 1e6
    in_l2 = size / rates.copy_in_l2 * 1e6 if size <= rates.l2_bytes else memory
    tensor = tensor_operations(cell.lengths, cell.heads, cell.head_dim, rates.has_wgmma) / product_rate * 1e6
    exp = sum(_tiles(n, 16) ** 2 for n in cell.lengths) * cell.heads / rates.exp * 1e6
    compute = max(tensor, exp)
    warm = max(min(memory, in_l2), compute)
    cold = max(memory, compute)
    return {
        "memory_us": memory, "memory_warm_us": min(memory, in_l2), "tensor_us": tensor, "exp_us": exp,
        "warm_us": warm, "cold_us": cold, "binds_warm": _name(warm, tensor, exp, in_l2 < memory),
        "binds_cold": _name(cold, tensor, exp, False), "bytes": size, "flops": cell_flops(cell),
    }  # fmt: skip


def _name(longest: float, tensor: float, exp: float, in_l2: bool) -> str:
    if longest == tensor:
        return "tensor"
    if longest == exp:
        return "exp"
    return "L2" if in_l2 else "memory"
