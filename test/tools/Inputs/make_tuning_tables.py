"""Writes tuning tables into a folder: good.json, which raggedc takes, and others that it does not."""
import json, os, re, subprocess, sys
folder = sys.argv[1]
spec = "bf16,heads=12,dim=64,max_seqlen=577"
table = {
    "format": "raggedc tuning table", "version": 1, "compiler": "raggedc before", "gpu": "GPU of the test",
    "arch": "sm_90a", "driver": "1", "date": "today",
    "entries": [{
        "shape": {"dtypes": ["bf16"], "heads": 12, "kv_heads": 12, "head_dim": 64, "head_dim_v": 64, "capacity": [561, 576 + 16]},
        "sequences": 64, "tokens": 36928,
        "chosen": {"schedule": {"family": "online", "softmax": "online", "mma": "warpgroup", "warps": 4,
                                "rows_per_block": 64, "block_n": 64, "stages": 2, "queries": "shared"},
                   "min_blocks": 2, "ns": 200500, "noise_ns": 100}}],
}
def write(name, **changes):
    with open(os.path.join(folder, name + ".json"), "w") as file:
        json.dump(dict(table, **changes), file)
    os.chmod(file.name, 0o600)
write("old")
environment = dict(os.environ, RAGGEDC_TUNING_TABLE=os.path.join(folder, "old.json"))
said = subprocess.run(["raggedc", "compile", "--spec", spec], env=environment, capture_output=True, text=True).stderr
table["compiler"] = re.search("expected measurements of '([^']*)'", said)[1]
write("good")
write("foreign", arch="sm_80")
write("version", version=7)
with open(os.path.join(folder, "good.json")) as file:
    text = file.read()
with open(os.path.join(folder, "damaged.json"), "w") as file:
    file.write(text[: len(text) // 2])
os.chmod(file.name, 0o600)
