"""raggedc behind the signature that benchmarks of PyTorch attentions use: attend(qkv, cu_seqlens, max_seqlen) -> out.

Kernels are made by the program `raggedc` (the environment variable RAGGEDC names it; else it is looked for on PATH), one for
each shape, element type, capacity and architecture, and stay loaded. A call enqueues one launch on PyTorch's current
stream, reads nothing back and allocates nothing but the result, so it can be captured in a CUDA graph once its kernel is
loaded. One thread at a time.
"""

import ctypes
import json
import os
import subprocess
import tempfile

import torch

_DTYPES = {torch.bfloat16: "bf16", torch.float16: "f16", torch.float32: "f32"}
_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8  # CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
_SMALL_BATCH = 16  # up to here the schedule is chosen for the exact number of sequences

_cuda = ctypes.CDLL("libcuda.so.1")
_launch = _cuda.cuLaunchKernelEx
_launch.argtypes = [ctypes.c_void_p] * 4
_PROGRAMMATIC_STREAM_SERIALIZATION = 6  # of CUlaunchAttributeID
_raw_stream = torch._C._cuda_getCurrentRawStream
_empty = torch.empty
_kernels = {}


class _Attribute(ctypes.Structure):
    """CUlaunchAttribute, of which one is used."""

    _fields_ = [("id", ctypes.c_int), ("pad", ctypes.c_int), ("value", ctypes.c_int), ("rest", ctypes.c_int * 15)]


class _Config(ctypes.Structure):
    """CUlaunchConfig."""

    _fields_ = [
        ("grid", ctypes.c_uint * 3),
        ("block", ctypes.c_uint * 3),
        ("shared", ctypes.c_uint),
        ("stream", ctypes.c_void_p),
        ("attributes", ctypes.c_void_p),
        ("count", ctypes.c_uint),
    ]


def _check(result, what):
    if result:
        text = ctypes.c_char_p()
        _cuda.cuGetErrorString(result, ctypes.byref(text))
        raise RuntimeError(f"{what}: {text.value.decode() if text.value else result}")


def _driver_version():
    version = ctypes.c_int()
    _check(_cuda.cuDriverGetVersion(ctypes.byref(version)), "cuDriverGetVersion")
    return version.value


def _arch(device):
    major, minor = torch.cuda.get_device_capability(device)
    return f"sm_{major}{minor}" + ("a" if major >= 9 else "")


def _compile(spec, arch, batch):
    """The cubin and the manifest of one spec."""
    with tempfile.TemporaryDirectory() as folder:
        cubin = os.path.join(folder, "kernel.cubin")
        command = [os.environ.get("RAGGEDC", "raggedc"), "compile", "--spec", spec, "--arch", arch, "--emit", "cubin"]
        command += ["-o", cubin] + (["--batch", str(batch)] if batch else [])
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        with open(cubin, "rb") as code, open(cubin + ".json") as manifest:
            return code.read(), json.load(manifest)


class Kernel:
    """One loaded kernel for packed operands: (qkv, offsets) -> out."""

    def __init__(self, heads, dim, dtype, capacity, device, batch=0):
        spec = f"{_DTYPES[dtype]},heads={heads},dim={dim},max_seqlen={capacity},packed"
        self.code, self.manifest = _compile(spec, _arch(device), batch)
        (kernel,), (launch,) = self.manifest["kernels"], self.manifest["launches"]
        if launch["args"] != ["qkv", "offsets", "out"]:
            raise RuntimeError(f"expected the parameters qkv, offsets, out, got {launch['args']}")
        library, function = ctypes.c_void_p(), ctypes.c_void_p()
        _check(
            _cuda.cuLibraryLoadData(ctypes.byref(library), self.code, None, None, 0, None, None, 0), "cuLibraryLoadData"
        )
        symbol = kernel["symbol"].encode()
        _check(_cuda.cuLibraryGetKernel(ctypes.byref(function), library, symbol), "cuLibraryGetKernel")
        shared = kernel["shared_bytes"]
        _check(
            _cuda.cuKernelSetAttribute(_MAX_DYNAMIC_SHARED_SIZE_BYTES, shared, function, device.index or 0),
            "cuKernelSetAttribute",
        )
        self.function = function.value
        # As the runtime launches: the kernel waits for the one in front by itself.
        self.attribute = _Attribute(id=_PROGRAMMATIC_STREAM_SERIALIZATION, value=1)
        self.config = _Config((1, 1, 1), tuple(kernel["block"]), shared, None, ctypes.addressof(self.attribute))
        self.config.count = 1 if kernel.get("programmatic_launch") and _driver_version() >= 12030 else 0
        self.config_address = ctypes.addressof(self.config)
        self.heads, self.dim, self.dtype, self.device = heads, dim, dtype, device
        grid = launch["grid"]
        if grid[1:] != [1, 1]:
            raise RuntimeError(f"expected a grid of one dimension, got {grid}")
        # Blocks: (sequences + 1 + add) * mul, or a number.
        self.add, self.mul = (grid[0].get("add", 0), grid[0].get("mul", 1)) if isinstance(grid[0], dict) else (0, 0)
        self.blocks = 0 if isinstance(grid[0], dict) else grid[0]
        # The argument block is filled again for each call.
        self.values = [ctypes.c_void_p() for _ in range(3)]
        self.arguments = (ctypes.c_void_p * 3)(*(ctypes.addressof(value) for value in self.values))
        self.address = ctypes.addressof(self.arguments)

    def __call__(self, qkv, offsets):
        out = _empty((qkv.shape[0], self.heads, self.dim), dtype=self.dtype, device=self.device)
        q, o, r = self.values
        q.value, o.value, r.value = qkv.data_ptr(), offsets.data_ptr(), out.data_ptr()
        blocks = self.blocks or (offsets.shape[0] + self.add) * self.mul
        if blocks:
            self.config.grid[0] = blocks
            self.config.stream = _raw_stream(self.device.index)
            result = _launch(self.config_address, self.function, self.address, None)
            if result:
                _check(result, "cuLaunchKernelEx")
        return out


def attend(qkv, cu_seqlens, max_seqlen):
    """qkv: (rows, 3, heads, dim), contiguous; cu_seqlens: (sequences + 1,) int32, on the same GPU; max_seqlen bounds the
    lengths. The result is (rows, heads, dim)."""
    sequences = cu_seqlens.shape[0] - 1
    batch = sequences if sequences <= _SMALL_BATCH else 0
    key = (qkv.shape[2], qkv.shape[3], qkv.dtype, max_seqlen, qkv.device, batch)
    kernel = _kernels.get(key)
    if kernel is None:
        if not qkv.is_contiguous() or cu_seqlens.dtype != torch.int32:
            raise ValueError("expected a contiguous qkv and int32 cu_seqlens")
        kernel = _kernels[key] = Kernel(*key)
    return kernel(qkv, cu_seqlens)
