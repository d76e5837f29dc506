from peers import Peer, expect_16_bits


class TorchVarlen(Peer):
    name = "torch_varlen"
    title = "torch varlen_attn"
    about = "torch.nn.attention.varlen.varlen_attn"

    def __init__(self, options):
        from torch.nn.attention.varlen import varlen_attn

        self.forward = varlen_attn

    def prepare(self, work):
        expect_16_bits(work)
        forward, q, k, v, offsets, longest = self.forward, work.q, work.k, work.v, work.offsets, work.longest
        return lambda: forward(q, k, v, offsets, offsets, longest, longest)  # scaled by 1 / sqrt(dim)


PEERS = [TorchVarlen]
