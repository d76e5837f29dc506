"""What was measured on: the GPU and its rates, the software and its versions."""

import datetime
import os
import platform
import statistics
import subprocess
import sys

from floors import Rates

_SMI_FIELDS = (
    "name", "driver_version", "clocks.sm", "clocks.mem", "clocks.max.sm", "clocks.max.mem", "power.limit",
    "temperature.gpu",
)  # fmt: skip
# Exponentials of a multiprocessor in a clock.
_EXP_PER_CLOCK = {(10, 3): 32}
_USUAL_EXP_PER_CLOCK = 16


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def smi(uuid: str, *fields: str) -> dict[str, str]:
    """What nvidia-smi says of a GPU; empty without it."""
    command = ("nvidia-smi", f"--query-gpu={','.join(fields)}", "--format=csv,noheader,nounits")
    text = (_output(*command, f"--id={uuid}") if uuid else "") or _output(*command)
    return dict(zip(fields, (part.strip() for part in text.splitlines()[0].split(",")))) if text else {}


def commit() -> str:
    """Of this source tree, with a + when something in it was changed; empty without git."""
    folder = os.path.dirname(os.path.abspath(__file__))
    revision = _output("git", "-C", folder, "rev-parse", "--short", "HEAD")
    changed = revision and _output("git", "-C", folder, "status", "--porcelain", "--untracked-files=no")
    return revision + ("+" if changed else "")


def _version(module: str) -> str | None:
    found = sys.modules.get(module)
    return getattr(found, "__version__", None)


def _cudnn_version() -> int | None:
    import torch

    try:
        return torch.backends.cudnn.version()
    except Exception:  # of a build that cannot load it
        return None


def gpu_uuid() -> str:
    import torch

    uuid = getattr(torch.cuda.get_device_properties(0), "uuid", None)
    return f"GPU-{uuid}" if uuid else ""


def describe(library, commit_text: str | None) -> dict:
    """The header of a report. No name of the machine."""
    import torch

    said = smi(gpu_uuid(), *_SMI_FIELDS)
    properties = torch.cuda.get_device_properties(0)
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "gpu": torch.cuda.get_device_name(0),
        "multiprocessors": properties.multi_processor_count,
        "compute_capability": f"{properties.major}.{properties.minor}",
        "l2_bytes": getattr(properties, "L2_cache_size", 0),
        "driver": said.get("driver_version", ""),
        "sm_mhz_idle": said.get("clocks.sm", ""), "sm_mhz_max": said.get("clocks.max.sm", ""),
        "memory_mhz": said.get("clocks.mem", ""), "memory_mhz_max": said.get("clocks.max.mem", ""),
        "power_limit_w": said.get("power.limit", ""), "temperature_c": said.get("temperature.gpu", ""),
        "cuda": torch.version.cuda, "torch": str(torch.__version__), "cudnn": _cudnn_version(),
        "triton": _version("triton"), "flashinfer": _version("flashinfer"), "flash_attn": _version("flash_attn"),
        "python": platform.python_version(),
        "raggedc": library.version, "commit": commit_text or commit() or "unknown",
    }  # fmt: skip


def _median_seconds(run, repeat: int) -> float:
    import torch

    pairs = []
    for _ in range(repeat + 2):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        run()
        end.record()
        pairs.append((begin, end))
    torch.cuda.synchronize()
    return statistics.median(begin.elapsed_time(end) for begin, end in pairs[2:]) * 1e-3


def measure_rates() -> Rates:
    """Takes about a second, after which the clocks are up."""
    import torch

    properties = torch.cuda.get_device_properties(0)
    a, b = (torch.randn(8192, 8192, device="cuda").bfloat16() for _ in range(2))
    product = _median_seconds(lambda: a @ b, 20)
    large = torch.empty(1 << 30, dtype=torch.int8, device="cuda")
    target = torch.empty_like(large)
    copy = _median_seconds(lambda: target.copy_(large), 10)
    l2_bytes = getattr(properties, "L2_cache_size", 0) or 32 << 20
    small = large[: l2_bytes // 5 // 4096 * 4096]
    small_target = torch.empty_like(small)
    calls = 50
    graph = torch.cuda.CUDAGraph()
    small_target.copy_(small)
    torch.cuda.synchronize()
    with torch.cuda.graph(graph):
        for _ in range(calls):
            small_target.copy_(small)
    in_l2 = _median_seconds(graph.replay, 10) / calls
    clock = (
        float(smi(gpu_uuid(), "clocks.max.sm").get("clocks.max.sm") or 0)
        or getattr(properties, "clock_rate", 1.5e6) / 1e3
    )
    capability = (properties.major, properties.minor)
    return Rates(
        copy=2 * large.numel() / copy, copy_in_l2=2 * small.numel() / in_l2, l2_bytes=l2_bytes,
        matmul=2 * 8192**3 / product,
        exp=_EXP_PER_CLOCK.get(capability, _USUAL_EXP_PER_CLOCK) * properties.multi_processor_count * clock * 1e6,
        has_wgmma=capability == (9, 0),
    )  # fmt: skip
