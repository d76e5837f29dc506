"""Writes inputs of an attention (2 heads of 16, f32), right ones and wrong ones, into a folder."""

import json
import os
import struct
import sys

BYTES = {"F32": 4, "F16": 2, "I32": 4, "I64": 8}


def write(name, **tensors):
    header, data = {}, b""
    for key, (dtype, shape, values) in tensors.items():
        count = 1
        for size in shape:
            count *= size
        content = bytes(count * BYTES[dtype])
        if values:
            content = b"".join(struct.pack("<i" if dtype == "I32" else "<q", value) for value in values)
        header[key] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    with open(os.path.join(sys.argv[1], name), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def rows(count=5, dtype="F32", dim=16):
    return (dtype, [count, 2, dim], None)


def offsets(*values, dtype="I32"):
    return (dtype, [len(values)], values)


right = {"q": rows(), "k": rows(), "v": rows(), "offsets": offsets(0, 3, 5)}
write("right", **right)
write("no-v", **{key: right[key] for key in ("q", "k", "offsets")})
write("type", **{**right, "q": rows(dtype="F16")})
write("shape", **{**right, "k": rows(dim=8)})
write("rows", **{**right, "v": rows(4)})
write("decrease", **{**right, "offsets": offsets(0, 3, 2)})
write("exceed", **{**right, "offsets": offsets(0, 3, 6)})
write("negative", **{**right, "offsets": offsets(-1, 3, 5)})
write("start", **{**right, "offsets": offsets(1, 3, 5)})
write("extra", **right, bias=rows())
write("offsets-type", **{**right, "offsets": offsets(0, 3, 5, dtype="I64")})
folder = sys.argv[1]
with open(os.path.join(folder, "right"), "rb") as file:
    content = file.read()
for name, damaged in {
    "empty": b"",
    "truncated": content[:-100],
    "header": struct.pack("<Q", 1 << 60) + content[8:],
}.items():
    with open(os.path.join(folder, name), "wb") as file:
        file.write(damaged)
