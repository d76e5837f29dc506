from peers import Peer


class Ragged(Peer):
    name = "raggedc"
    title = "raggedc"
    about = "the C API, kernels compiled for the longest sequence of the batch"
    ours = True
    fast = True
    exact = True

    def __init__(self, options):
        from ours import Attention

        self.attention = Attention(options.library, exact=self.exact)

    def prepare(self, work):
        # As much as the others are told, who all get the longest length from the host.
        return self.run(work, work.longest)

    def run(self, work, max_seqlen):
        attention, qkv, offsets = self.attention, work.qkv, work.offsets
        return lambda: attention(qkv, offsets, max_seqlen)


class RaggedCapacity(Ragged):
    name = "raggedc_capacity"
    title = "raggedc, capacity"
    about = "the same, one kernel for whatever was pruned: the tokens there may be, rounded up as the C API does"
    fast = False
    exact = False

    def prepare(self, work):
        return self.run(work, work.cell.tokens)


PEERS = [Ragged, RaggedCapacity]
