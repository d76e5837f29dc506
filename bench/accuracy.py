"""When a result is called right. Nothing here needs PyTorch."""

# Largest relative error: the norm (Frobenius) of the difference from float64, over that of the result. Twice what our
# tests allow, since others round at other places; f32 may be computed through tf32.
LIMITS = {"bf16": 5e-3, "f16": 8e-4, "f32": 2e-3}


def fault(error: float, dtype: str) -> str | None:
    """What is wrong with a result of this relative error, infinite for one that is not of numbers; None if nothing."""
    if error <= LIMITS[dtype]:
        return None
    if not error < float("inf"):
        return "wrong: not all of the result is numbers"
    return f"wrong: a relative error of {error:.1e}, allowed {LIMITS[dtype]:.0e}"
