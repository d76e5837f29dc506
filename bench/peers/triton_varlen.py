from peers import Peer


class TritonVarlen(Peer):
    name = "triton_varlen"
    title = "Triton varlen"
    about = "a varlen kernel in Triton (peers/triton_kernel.py), tuned by triton.autotune for every cell"
    fast = True

    def __init__(self, options):
        from peers import triton_kernel

        self.kernel = triton_kernel
        triton_kernel.tune(few=options.quick)

    def prepare(self, work):
        attention, q, k, v, offsets, longest, scale = (
            self.kernel.attention, work.q, work.k, work.v, work.offsets, work.longest, work.scale
        )  # fmt: skip
        return lambda: attention(q, k, v, offsets, longest, scale)


PEERS = [TritonVarlen]
