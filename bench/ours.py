"""raggedc behind the signature that benchmarks of PyTorch attentions use: attend(qkv, cu_seqlens, max_seqlen) -> out.

Everything goes through the C API of libragged_runtime, which the environment variable RAGGEDC names: the library, or
the folder of a build or an installation; without it, a build in this source tree. A call enqueues one launch on
PyTorch's current stream, reads nothing back and allocates nothing but the result (and a workspace where a kernel wants
one), so it can be captured in a CUDA graph; the first of a shape makes its kernel. One thread at a time.
"""

import ctypes
import os

import torch

import raggedc

_DTYPES = {torch.bfloat16: "bf16", torch.float16: "f16", torch.float32: "f32"}
_raw_stream = torch._C._cuda_getCurrentRawStream  # the CUstream as a number, without making an object of it
_empty = torch.empty


class _Launcher:
    """One kernel and its argument block, which is filled in again for each call."""

    def __init__(self, library, heads, dim, dtype, max_seqlen, sequences, device, exact):
        # The default stream is that of the current context, which PyTorch makes when it is first needed.
        torch.cuda.current_stream(device).synchronize()
        spec = raggedc.Spec(
            dtype=raggedc.DTYPES[_DTYPES[dtype]], flags=raggedc.PACKED | (raggedc.EXACT if exact else 0),
            heads=heads, dim=dim, max_seqlen=max_seqlen, batch=sequences,
        )  # fmt: skip
        self.kernel = library.kernel(spec, device.index)
        self.arguments = raggedc.LaunchArgs()
        self.address = ctypes.addressof(self.arguments)
        self.tail = (heads, dim)
        self.dtype, self.device, self.index = dtype, device, device.index
        self.wants_workspace = self.kernel.workspace_bytes(1 << 16, 1 << 24) > 0

    def __call__(self, qkv, offsets):
        rows, sequences = qkv.shape[0], offsets.shape[0] - 1
        out = _empty((rows, *self.tail), dtype=self.dtype, device=self.device)
        arguments = self.arguments
        arguments.sequences = sequences
        arguments.q = qkv.data_ptr()
        arguments.offsets = offsets.data_ptr()
        arguments.out = out.data_ptr()
        if self.wants_workspace:
            size = self.kernel.workspace_bytes(sequences, rows)
            workspace = _empty(size, dtype=torch.uint8, device=self.device)
            arguments.workspace, arguments.workspace_bytes, arguments.rows = workspace.data_ptr(), size, rows
        self.kernel.launch(self.address, _raw_stream(self.index))
        return out


class Attention:
    """Calls with (qkv, cu_seqlens, max_seqlen). With `exact`, kernels are compiled for max_seqlen as it is; else for
    the next capacity of the C API, and callers of many lengths share few kernels."""

    def __init__(self, library, exact=True):
        self._library, self._exact = library, exact
        self._launchers = {}

    def __call__(self, qkv, cu_seqlens, max_seqlen):
        """qkv: (rows, 3, heads, dim), contiguous; cu_seqlens: (sequences + 1,) int32, on the same GPU; max_seqlen
        bounds the lengths. The result is (rows, heads, dim)."""
        sequences = cu_seqlens.shape[0] - 1
        key = (qkv.shape[2], qkv.shape[3], qkv.dtype, max_seqlen, sequences, qkv.device)
        launcher = self._launchers.get(key)
        if launcher is None:
            if not qkv.is_contiguous() or cu_seqlens.dtype != torch.int32:
                raise ValueError("expected a contiguous qkv and int32 cu_seqlens")
            launcher = self._launchers[key] = _Launcher(self._library, *key, self._exact)
        return launcher(qkv, cu_seqlens)


_attention = None


def attend(qkv, cu_seqlens, max_seqlen):
    """As Attention.__call__, with the library that RAGGEDC names."""
    global _attention
    if _attention is None:
        _attention = Attention(raggedc.Library(os.environ.get("RAGGEDC")))
    return _attention(qkv, cu_seqlens, max_seqlen)
