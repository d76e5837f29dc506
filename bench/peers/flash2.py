from peers import Peer, expect_16_bits


class Flash2(Peer):
    name = "fa2_varlen"
    title = "FlashAttention-2 varlen"
    about = "torch.ops.aten._flash_attention_forward with cumulative lengths"
    fast = True

    def __init__(self, options):
        import torch

        self.forward = torch.ops.aten._flash_attention_forward

    def prepare(self, work):
        expect_16_bits(work)
        forward, q, k, v, offsets, longest, scale = (
            self.forward, work.q, work.k, work.v, work.offsets, work.longest, work.scale
        )  # fmt: skip
        return lambda: forward(q, k, v, offsets, offsets, longest, longest, 0.0, False, False, scale=scale)[0]


PEERS = [Flash2]
