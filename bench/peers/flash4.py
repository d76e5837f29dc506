from peers import Peer, expect_16_bits


class Flash4(Peer):
    name = "fa4_varlen"
    title = "FlashAttention-4 varlen"
    about = "flash_attn.cute.flash_attn_varlen_func"

    def __init__(self, options):
        try:
            from flash_attn.cute import flash_attn_varlen_func
        except ImportError:  # where older packages have it
            from flash_attn.cute.interface import flash_attn_varlen_func

        self.forward = flash_attn_varlen_func

    def prepare(self, work):
        expect_16_bits(work)
        forward, q, k, v, offsets, longest, scale = (
            self.forward, work.q, work.k, work.v, work.offsets, work.longest, work.scale
        )  # fmt: skip
        return lambda: forward(
            q, k, v, cu_seqlens_q=offsets, cu_seqlens_k=offsets, max_seqlen_q=longest, max_seqlen_k=longest,
            softmax_scale=scale,
        )  # fmt: skip


PEERS = [Flash4]
