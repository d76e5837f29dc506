"""The operands of a cell on the GPU, and what the result should be."""

import torch

DTYPES = {"bf16": torch.bfloat16, "f16": torch.float16, "f32": torch.float32}
_QUERIES = 1024  # rows of queries of the reference at a time


class Workload:
    """`qkv` is (rows, 3, heads, dim); q, k and v are views of it; offsets is (sequences + 1,) int32."""

    def __init__(self, cell, device):
        self.cell = cell
        self.dtype = DTYPES[cell.dtype]
        generator = torch.Generator(device=device).manual_seed(cell.seed)
        shape = (cell.rows, 3, cell.heads, cell.head_dim)
        self.qkv = torch.randn(shape, device=device, generator=generator).to(self.dtype)
        self.q, self.k, self.v = self.qkv.unbind(1)
        self.lengths = torch.tensor(cell.lengths, device=device)
        self.offsets = torch.zeros(cell.sequences + 1, dtype=torch.int32, device=device)
        self.offsets[1:] = self.lengths.cumsum(0)
        self.longest = cell.longest  # on the host: what other libraries have to be told
        self.scale = cell.head_dim**-0.5
        self.sequence_of_row = torch.repeat_interleave(torch.arange(cell.sequences, device=device), self.lengths)
        self.row_in_sequence = torch.arange(cell.rows, device=device) - self.offsets.long()[self.sequence_of_row]
        self._padded = {}
        self._reference = None

    def padded(self, n):
        """(sequences, n, 3, heads, dim), zeros beyond the lengths. Made once."""
        if n not in self._padded:
            self._padded[n] = self.qkv.new_zeros((self.cell.sequences, n, *self.qkv.shape[1:]))
            self._padded[n][self.sequence_of_row, self.row_in_sequence] = self.qkv
        return self._padded[n]

    def unpadded(self, padded):
        """(rows, ...) of (sequences, n, ...)."""
        return padded[self.sequence_of_row, self.row_in_sequence]

    def key_mask(self, n):
        """(sequences, n), true where there is a row."""
        return torch.arange(n, device=self.qkv.device)[None, :] < self.lengths[:, None]

    def _attend(self):
        """The result in float64, and the logarithm of each row's sum of exponentials, (rows, heads)."""
        if self._reference is None:
            out = torch.empty_like(self.q, dtype=torch.float64, memory_format=torch.contiguous_format)
            sums = out.new_empty(self.q.shape[:2])
            begin = 0
            for length in self.cell.lengths:
                end = begin + length
                k, v = (part[begin:end].double().transpose(0, 1) for part in (self.k, self.v))
                for first in range(begin, end, _QUERIES):
                    last = min(end, first + _QUERIES)
                    scores = self.q[first:last].double().transpose(0, 1) @ k.transpose(1, 2) * self.scale
                    total = scores.logsumexp(-1, keepdim=True)
                    out[first:last] = (scores.sub_(total).exp_() @ v).transpose(0, 1)
                    sums[first:last] = total[..., 0].transpose(0, 1)
                begin = end
            self._reference = out, sums
        return self._reference

    def reference(self, padding=None):
        """(rows, heads, dim) in float64. `padding` as Peer.padding: rows up to there are zeros, which as keys have
        scores of 0 and as values add nothing."""
        out, sums = self._attend()
        if padding is None:
            return out
        n = self.cell.tokens if padding == "capacity" else self.longest
        zeros = (n - self.lengths)[self.sequence_of_row].double()[:, None]
        return out / (1 + zeros * torch.exp(-sums))[..., None]

    def poison(self):
        """Fills memory that the next results are likely to get, so that rows left unwritten are seen: it would hold the
        right result of another method otherwise."""
        shape = (self.cell.rows, self.cell.heads, self.cell.head_dim)
        blocks = [torch.full(shape, float("nan"), dtype=self.dtype, device=self.qkv.device) for _ in range(4)]
        del blocks

    def forget_reference(self):
        """Gives its memory back."""
        self._reference = None

    def error(self, rows, padding=None):
        """Relative error of a result, infinite where it is not of numbers."""
        want = self.reference(padding)
        if tuple(rows.shape) != tuple(want.shape):
            raise ValueError(f"expected a result of {tuple(want.shape)}, got {tuple(rows.shape)}")
        got = rows.double()
        if not torch.isfinite(got).all():
            return float("inf")
        return float((got - want).norm() / want.norm())
