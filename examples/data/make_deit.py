"""Makes inputs of the size and shape that a pruned DeiT gives its attention, at any batch and keep ratio.

    python3 -m pip install numpy
    python3 examples/data/make_deit.py --model base --tokens 197 --batch 64 --keep 0.5 -o deit_base_224.safetensors

What `--form` says is written:

    separate   q, k, v  (total, H, 64)      offsets  i32 (batch + 1,)      for deit_*.mlir
    packed     qkv      (total, 3, H, 64)   offsets  i32 (batch + 1,)      for deit_base_224_packed.mlir
    masked     x        (batch, N, H * 64)  keep     bool (batch, N)       for pack_unpack.mlir
    block      x        (batch, N, 3, H, 64) keep    bool (batch, N)       for pruned_block.mlir

These are not activations of a trained model (minilm_layer0.safetensors holds such). Every image is a smooth random field,
so that neighbouring patches resemble one another, plus noise, normalised and projected by fixed random weights. As in
pruning by attention, an image keeps its class token and the patches that the class token attends to most, in their
order. How many differs from image to image: the keep ratio with a deviation of 10 %, or exactly `--lengths`.

The same arguments give the same file. The committed deit_tiny_pruned.safetensors is

    python3 examples/data/make_deit.py --model tiny --form masked --lengths 197,98,39,1 -o examples/data/deit_tiny_pruned.safetensors
"""

import argparse
from pathlib import Path

import numpy as np

import safetensors_file

HEADS = {"tiny": 3, "small": 6, "base": 12}
HEAD_DIM = 64
GRID = {197: 14, 577: 24}  # patches along one side of an image of 224 or 384 pixels


def image_tokens(random: np.random.RandomState, grid: int, width: int) -> np.ndarray:
    """The class token and grid * grid patch tokens of one image, normalised: (1 + grid * grid, width)."""
    # A coarse 4 x 4 field, interpolated along both sides, is what makes neighbours alike.
    at = np.linspace(0, 3, grid)
    hat = np.maximum(0, 1 - np.abs(at[:, None] - np.arange(4)))
    coarse = random.standard_normal((4, 4, width))
    smooth = np.einsum("ya,xb,abw->yxw", hat, hat, coarse).reshape(grid * grid, width)
    patches = smooth + 0.5 * random.standard_normal((grid * grid, width))
    tokens = np.concatenate([random.standard_normal((1, width)), patches])
    tokens -= tokens.mean(-1, keepdims=True)
    return tokens / tokens.std(-1, keepdims=True)


def class_attention(qkv: np.ndarray) -> np.ndarray:
    """How much the class token attends to each patch, averaged over the heads: (N - 1,)."""
    scores = np.einsum("hd,nhd->hn", qkv[0, 0], qkv[:, 1]) / np.sqrt(HEAD_DIM)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return (weights / weights.sum(-1, keepdims=True)).mean(0)[1:]


def kept_lengths(random: np.random.RandomState, options: argparse.Namespace) -> list[int]:
    if options.lengths:
        return options.lengths
    mean = options.keep * (options.tokens - 1)
    deviation = 0.1 * mean if options.keep < 1 else 0
    patches = np.rint(mean + deviation * random.standard_normal(options.batch))
    return [1 + int(count) for count in np.clip(patches, 0, options.tokens - 1)]


def make(options: argparse.Namespace) -> dict:
    heads = HEADS[options.model]
    width = heads * HEAD_DIM
    # RandomState, because its stream is frozen: a newer numpy gives the same numbers.
    weights = np.random.RandomState(heads).standard_normal((width, 3 * width)) * 1.2 / np.sqrt(width)
    random = np.random.RandomState(options.seed)
    padded, packed, masks = [], [], []
    for length in kept_lengths(random, options):
        tokens = image_tokens(random, GRID[options.tokens], width)
        qkv = (tokens @ weights).reshape(-1, 3, heads, HEAD_DIM)
        keep = np.zeros(options.tokens, np.bool_)
        keep[0] = length > 0
        if length > 1:
            keep[1 + np.argsort(-class_attention(qkv), kind="stable")[: length - 1]] = True
        padded.append((qkv if options.form == "block" else tokens).astype(np.float32))
        packed.append(qkv[keep].astype(np.float32))
        masks.append(keep)

    rounded = safetensors_file.Bf16.rounded if options.dtype == "bf16" else lambda x: x.astype(options.dtype)
    if options.form in ("masked", "block"):
        return {"x": rounded(np.stack(padded)), "keep": np.stack(masks)}
    offsets = np.cumsum([0] + [int(mask.sum()) for mask in masks]).astype(np.int32)
    rows = np.concatenate(packed)
    if options.form == "packed":
        return {"qkv": rounded(rows), "offsets": offsets}
    return {name: rounded(rows[:, part]) for part, name in enumerate("qkv")} | {"offsets": offsets}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", choices=HEADS, default="base")
    parser.add_argument("--tokens", type=int, choices=GRID, default=197, help="before pruning; 577 is 384 pixels")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--keep", type=float, default=0.5, help="share of the patches that is kept, 0 to 1")
    parser.add_argument("--lengths", type=lambda text: [int(part) for part in text.split(",")],
                        help="tokens kept of each image, in place of --batch and --keep")  # fmt: skip
    parser.add_argument("--form", choices=("separate", "packed", "masked", "block"), default="separate")
    parser.add_argument("--dtype", choices=("bf16", "float16", "float32"), default="bf16")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    if not 0 <= options.keep <= 1:
        parser.error(f"expected --keep between 0 and 1, got {options.keep}")
    if options.lengths and not all(0 <= length <= options.tokens for length in options.lengths):
        parser.error(f"expected --lengths between 0 and {options.tokens}")
    tensors = make(options)
    source = "made by make_deit.py " + " ".join(
        f"--{name} {getattr(options, name)}" for name in ("model", "tokens", "form", "dtype", "seed")
    )
    size = safetensors_file.write(options.output, tensors, {"source": source})
    lengths = tensors["keep"].sum(-1) if "keep" in tensors else np.diff(tensors["offsets"])
    print(f"{options.output.name}: {size} bytes, {len(lengths)} images, {lengths.sum()} tokens kept,"
          f" {lengths.min()} to {lengths.max()} each")  # fmt: skip


if __name__ == "__main__":
    main()
