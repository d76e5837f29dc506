from peers import Peer


class Nested(Peer):
    name = "nested_sdpa"
    title = "NestedTensor SDPA"
    about = "SDPA over jagged NestedTensors made beforehand"

    def __init__(self, options):
        import torch

        self.make = torch.nested.nested_tensor_from_jagged
        self.forward = torch.nn.functional.scaled_dot_product_attention

    def prepare(self, work):
        offsets = work.offsets.long()
        shortest, longest = min(work.cell.lengths), work.longest
        q, k, v = (
            self.make(part.contiguous(), offsets, min_seqlen=shortest, max_seqlen=longest).transpose(1, 2)
            for part in (work.q, work.k, work.v)
        )
        forward = self.forward
        return lambda: forward(q, k, v)

    def rows(self, work, result):
        return result.transpose(1, 2).values()


PEERS = [Nested]
