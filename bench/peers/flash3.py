from peers import Peer, expect_16_bits


class Flash3(Peer):
    name = "fa3_varlen"
    title = "FlashAttention-3 varlen"
    about = "flash_attn_interface.flash_attn_varlen_func"
    fast = True

    def __init__(self, options):
        from flash_attn_interface import flash_attn_varlen_func

        self.forward = flash_attn_varlen_func

    def prepare(self, work):
        expect_16_bits(work)
        forward, q, k, v, offsets, longest, scale = (
            self.forward, work.q, work.k, work.v, work.offsets, work.longest, work.scale
        )  # fmt: skip
        return lambda: forward(q, k, v, offsets, offsets, longest, longest, softmax_scale=scale)


PEERS = [Flash3]
