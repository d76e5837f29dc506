"""Prints name, type and shape of each tensor of a safetensors file."""

import json
import sys

with open(sys.argv[1], "rb") as file:
    header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
for name, tensor in header.items():
    if name != "__metadata__":
        print(name, tensor["dtype"], tensor["shape"])
