"""Reads and writes safetensors files with numpy alone.

The format is eight bytes of header length (little endian), a JSON header that names dtype, shape and byte range of every
tensor, and the bytes. numpy has no bfloat16: a BF16 tensor is read as, and written from, a `Bf16` (its bits in uint16).
"""

import json
import struct
from pathlib import Path

import numpy as np

_DTYPES = {
    "F64": np.float64, "F32": np.float32, "F16": np.float16, "BF16": np.uint16,
    "I64": np.int64, "I32": np.int32, "U8": np.uint8, "BOOL": np.bool_,
}  # fmt: skip
_NAMES = {np.dtype(t): n for n, t in _DTYPES.items() if n != "BF16"}


class Bf16:
    """An array of bfloat16 values, held as their bits."""

    def __init__(self, bits: np.ndarray):
        self.bits = bits

    @staticmethod
    def rounded(values: np.ndarray) -> "Bf16":
        """Rounds to nearest, ties to even. The values must be finite."""
        bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
        return Bf16(((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16))

    def __array__(self, dtype=None, copy=None):
        widened = (self.bits.astype(np.uint32) << 16).view(np.float32)
        return widened if dtype is None else widened.astype(dtype)


def write(path, tensors: dict, metadata: dict[str, str] | None = None) -> int:
    """Writes the tensors in the order given; returns the size of the file in bytes."""
    header, blobs, end = {}, [], 0
    if metadata:
        header["__metadata__"] = metadata
    for name, tensor in tensors.items():
        array = np.ascontiguousarray(tensor.bits if isinstance(tensor, Bf16) else tensor)
        dtype = "BF16" if isinstance(tensor, Bf16) else _NAMES[array.dtype]
        blob = array.tobytes()
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [end, end + len(blob)]}
        blobs.append(blob)
        end += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def read(path, names: list[str] | None = None) -> dict:
    """Reads the named tensors, or all of them."""
    data = np.memmap(path, np.uint8, mode="r")
    (length,) = struct.unpack("<Q", data[:8].tobytes())
    header = json.loads(data[8 : 8 + length].tobytes())
    tensors = {}
    for name in names or [n for n in header if n != "__metadata__"]:
        entry = header[name]
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        array = np.frombuffer(data[begin:end].tobytes(), _DTYPES[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = Bf16(array) if entry["dtype"] == "BF16" else array
    return tensors
