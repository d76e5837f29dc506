"""raggedc's C API (runtime/include/raggedc/raggedc.h) through ctypes. Needs neither PyTorch nor a GPU to be imported.

Structures and names are the header's; functions that fail raise Error with the library's words.
"""

import ctypes
import os
from ctypes import POINTER, byref, c_char_p, c_float, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

PACKED = 2
EXACT = 4
DTYPES = {"bf16": 0, "f16": 1, "f32": 2}


class Error(RuntimeError):
    def __init__(self, status: int, text: str):
        super().__init__(text)
        self.status = status


class _Struct(ctypes.Structure):
    def __init__(self, **fields):
        super().__init__(struct_size=ctypes.sizeof(type(self)), **fields)


class Spec(_Struct):
    _fields_ = [
        ("struct_size", c_uint32), ("dtype", c_uint32), ("flags", c_uint32), ("heads", c_int32), ("kv_heads", c_int32),
        ("dim", c_int32), ("dim_v", c_int32), ("max_seqlen", c_int32), ("scale", c_float), ("block_m", c_int32),
        ("block_n", c_int32), ("batch", c_int32), ("q_strides", c_int64 * 2), ("k_strides", c_int64 * 2),
        ("v_strides", c_int64 * 2), ("qkv_strides", c_int64 * 3), ("out_strides", c_int64 * 2),
    ]  # fmt: skip


class LaunchArgs(_Struct):
    _fields_ = [
        ("struct_size", c_uint32), ("sequences", c_uint32), ("q", c_void_p), ("k", c_void_p), ("v", c_void_p),
        ("offsets", c_void_p), ("out", c_void_p), ("workspace", c_void_p), ("workspace_bytes", c_uint64),
        ("rows", c_uint64),
    ]  # fmt: skip


class ContextOptions(_Struct):
    _fields_ = [
        ("struct_size", c_uint32), ("policy", c_uint32), ("max_kernels", c_uint32), ("compile_threads", c_uint32),
        ("driver_library", c_char_p), ("cache_directory", c_char_p), ("bundles", POINTER(c_char_p)),
        ("bundle_count", c_uint32), ("reserved", c_uint32), ("warning", c_void_p), ("warning_user", c_void_p),
    ]  # fmt: skip


class ContextStats(_Struct):
    _fields_ = [
        ("struct_size", c_uint32), ("kernels", c_uint32), ("loaded", c_uint64), ("unloaded", c_uint64),
        ("evicted", c_uint64), ("compiled", c_uint64),
    ]  # fmt: skip


class KernelInfo(_Struct):
    _fields_ = [
        ("struct_size", c_uint32), ("capacity", c_int32), ("threads", c_int32), ("blocks", c_int32),
        ("shared_bytes", c_int64), ("arch", c_char_p), ("family", c_char_p), ("spec", c_char_p),
    ]  # fmt: skip


# Results are a raggedc_status where nothing else is said.
_FUNCTIONS = {
    "raggedc_spec_parse": [c_char_p, POINTER(Spec)],
    "raggedc_spec_print": [POINTER(Spec), c_char_p, c_size_t, POINTER(c_size_t)],
    "raggedc_context_create": [POINTER(ContextOptions), POINTER(c_void_p)],
    "raggedc_context_stats_get": [c_void_p, POINTER(ContextStats)],
    "raggedc_context_check": [c_void_p, c_void_p, POINTER(c_uint32)],
    "raggedc_kernel_get": [c_void_p, POINTER(Spec), ctypes.c_int, POINTER(c_void_p)],
    "raggedc_kernel_info_get": [c_void_p, POINTER(KernelInfo)],
    "raggedc_kernel_workspace": [c_void_p, c_uint32, c_uint64, POINTER(c_uint64)],
    # Pointers as numbers: a launch is what is measured.
    "raggedc_kernel_launch": [c_void_p, c_void_p, c_void_p],
}
_NAMES = ("libragged_runtime.so.0", "libragged_runtime.so")
_COMPILER = "libraggedc.so.0"
_FOLDERS = ("", "lib", "lib64", os.path.join("lib", "x86_64-linux-gnu"), "runtime")


def find_library(path: str | None) -> str:
    """The library in `path`: itself, or a folder of a build or an installation. None looks where raggedc is built in
    this source tree."""
    if path and os.path.isfile(path) and ".so" in os.path.basename(path):
        return path
    if path:
        roots = [path, os.path.dirname(os.path.dirname(os.path.abspath(path)))]  # the latter for bin/raggedc
        roots = roots[:1] if os.path.isdir(path) else roots[1:]
    else:
        tree = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        roots = [os.path.join(tree, "build", preset) for preset in ("portable", "release", "dev")]
    for root in roots:
        for folder in _FOLDERS:
            for name in _NAMES:
                if os.path.isfile(os.path.join(root, folder, name)):
                    return os.path.join(root, folder, name)
    raise FileNotFoundError(f"expected {_NAMES[0]} in {path or ' or '.join(roots)}, got none")


class Library:
    """The loaded library, and one context. Thread-safe, as the C API is."""

    def __init__(self, path: str | None = None, driver: str | None = None, cache: str | None = None):
        self.path = find_library(path)
        compiler = os.path.join(os.path.dirname(os.path.abspath(self.path)), _COMPILER)
        if os.path.isfile(compiler):  # the library finds it beside itself too, but not through every kind of link
            os.environ.setdefault("RAGGEDC_COMPILER", compiler)
        self._c = ctypes.CDLL(self.path)
        self._c.raggedc_last_error.restype = c_char_p
        self._c.raggedc_version.restype = c_uint32
        self._c.raggedc_capacity.argtypes = [c_int32]
        for name in ("raggedc_context_destroy", "raggedc_kernel_release"):
            getattr(self._c, name).argtypes, getattr(self._c, name).restype = [c_void_p], None
        for name, arguments in _FUNCTIONS.items():
            getattr(self._c, name).argtypes = arguments
        options = ContextOptions(
            driver_library=driver.encode() if driver else None,
            cache_directory=cache.encode() if cache is not None else None,
        )
        self._context = c_void_p()
        self.call("raggedc_context_create", byref(options), byref(self._context))

    def close(self) -> None:
        self._c.raggedc_context_destroy(self._context)
        self._context = c_void_p()

    def check_status(self, status: int) -> None:
        if status:
            raise Error(status, self._c.raggedc_last_error().decode(errors="replace"))

    def call(self, name: str, *arguments) -> None:
        self.check_status(getattr(self._c, name)(*arguments))

    @property
    def version(self) -> str:
        number = self._c.raggedc_version()
        return f"{number // 10000}.{number // 100 % 100}.{number % 100}"

    def capacity(self, max_seqlen: int) -> int:
        return self._c.raggedc_capacity(max_seqlen)

    def parse(self, text: str) -> Spec:
        spec = Spec()
        self.call("raggedc_spec_parse", text.encode(), byref(spec))
        return spec

    def print(self, spec: Spec) -> str:
        needed = c_size_t()
        self.call("raggedc_spec_print", byref(spec), None, 0, byref(needed))
        text = ctypes.create_string_buffer(needed.value)
        self.call("raggedc_spec_print", byref(spec), text, needed.value, None)
        return text.value.decode()

    def stats(self) -> ContextStats:
        stats = ContextStats()
        self.call("raggedc_context_stats_get", self._context, byref(stats))
        return stats

    def check(self, stream: int) -> None:
        """Waits for the stream; raises when kernels found something wrong with lengths or offsets."""
        self.call("raggedc_context_check", self._context, stream, None)

    def kernel(self, spec: Spec, device: int = -1) -> "Kernel":
        return Kernel(self, spec, device)


class Kernel:
    """A loaded kernel; lives as long as this object."""

    def __init__(self, library: Library, spec: Spec, device: int = -1):
        self._library = library
        self._handle = c_void_p()
        library.call("raggedc_kernel_get", library._context, byref(spec), device, byref(self._handle))
        self._launch = library._c.raggedc_kernel_launch
        self._number = self._handle.value

    def __del__(self):
        if self._handle:
            self._library._c.raggedc_kernel_release(self._handle)

    def info(self) -> KernelInfo:
        info = KernelInfo()
        self._library.call("raggedc_kernel_info_get", self._handle, byref(info))
        return info

    def workspace_bytes(self, sequences: int, rows: int) -> int:
        size = c_uint64()
        self._library.call("raggedc_kernel_workspace", self._handle, sequences, rows, byref(size))
        return size.value

    def launch(self, arguments: int, stream: int) -> None:
        """`arguments` is the address of a LaunchArgs, `stream` a CUstream as a number."""
        status = self._launch(self._number, arguments, stream)
        if status:
            self._library.check_status(status)
