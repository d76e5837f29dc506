from peers import Peer

_BLOCK = 128


def block_rows(lengths, block):
    """For each block of `block` rows of the packed operands, the blocks of keys that its sequences have rows in, as the
    first and the one after the last; and those of them where nothing is to be masked.

    The mask of all pairs of rows, which create_block_mask begins with, would have rows squared elements."""
    starts, end = [], 0
    for length in lengths:
        starts.append(end)
        end += length
    spans, whole, first = [], [], 0
    for begin in range(0, end, block):
        stop = min(begin + block, end)
        while starts[first] + lengths[first] <= begin:
            first += 1
        last = first
        while starts[last] + lengths[last] < stop:
            last += 1
        low, high = starts[first], starts[last] + lengths[last]
        spans.append((low // block, -(-high // block)))
        # Of one sequence only, as are the keys.
        single = first == last and stop == begin + block
        whole.append((-(-low // block), high // block) if single else (0, 0))
    return spans, whole


class Flex(Peer):
    name = "flex"
    title = "FlexAttention"
    about = "torch.compile(flex_attention) over the packed rows, a block mask of the sequences"

    def __init__(self, options):
        import torch
        from torch.nn.attention.flex_attention import BlockMask, flex_attention

        self.make_mask = BlockMask.from_kv_blocks
        # One compilation for all numbers of rows; a new one for each would take most of the time there is. Without
        # fullgraph, what is not compiled any more after some kinds of shapes would run as a dense attention.
        torch._dynamo.config.recompile_limit = 64
        self.forward = torch.compile(flex_attention, dynamic=True, fullgraph=True)

    def block_mask(self, work):
        import torch

        spans, whole = block_rows(work.cell.lengths, _BLOCK)
        count = len(spans)
        partial_counts, partial = torch.zeros(count, dtype=torch.int32), torch.zeros(count, count, dtype=torch.int32)
        full_counts, full = partial_counts.clone(), partial.clone()
        for row, ((low, high), (begin, end)) in enumerate(zip(spans, whole)):
            masked = [block for block in range(low, high) if not begin <= block < end]
            partial_counts[row], full_counts[row] = len(masked), max(0, end - begin)
            partial[row, : len(masked)] = torch.tensor(masked, dtype=torch.int32)
            if end > begin:
                full[row, : end - begin] = torch.arange(begin, end, dtype=torch.int32)
        sequence = work.sequence_of_row
        tensors = (t[None, None].to(work.qkv.device) for t in (partial_counts, partial, full_counts, full))
        return self.make_mask(
            *tensors, BLOCK_SIZE=_BLOCK, mask_mod=lambda b, h, q, k: sequence[q] == sequence[k],
            seq_lengths=(work.cell.rows, work.cell.rows), compute_q_blocks=False,
        )  # fmt: skip

    def prepare(self, work):
        mask = self.block_mask(work)
        q, k, v = (part.transpose(0, 1)[None] for part in (work.q, work.k, work.v))
        forward = self.forward
        return lambda: forward(q, k, v, block_mask=mask)

    def rows(self, work, result):
        return result[0].transpose(0, 1)


PEERS = [Flex]
