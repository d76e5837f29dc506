#!/usr/bin/env python3
"""Cells as `raggedc tune --shapes` takes them: shapes.py NAMES > SHAPES.json, NAMES as of attention.py --cells.

Each cell becomes the attention that attention.py asks for in it: the longest sequence as capacity, the number of
sequences, and its very lengths."""

import argparse
import json
import sys

import cell as cells_file


def shape(cell):
    spec = f"{cell.dtype},heads={cell.heads},dim={cell.head_dim},max_seqlen={cell.longest},packed"
    return {"spec": spec, "batch": cell.sequences, "lengths": list(cell.lengths)}


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="bench/shapes.py", description="cells as raggedc tune --shapes takes them")
    parser.add_argument("cells", metavar="NAMES", help="files of cells, with commas, as of attention.py --cells")
    parser.add_argument("--seed", type=int, default=0, help="draws other lengths (default: 0)")
    options = parser.parse_args(arguments)
    try:
        cells = cells_file.load_cells(options.cells, options.seed)
    except cells_file.CellError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("[\n" + ",\n".join(" " + json.dumps(shape(cell)) for cell in cells) + "\n]")
    return 0


if __name__ == "__main__":
    sys.exit(main())
