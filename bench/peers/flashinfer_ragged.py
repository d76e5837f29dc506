from peers import Peer, expect_16_bits


class FlashInfer(Peer):
    name = "flashinfer"
    title = "FlashInfer ragged"
    about = "BatchPrefillWithRaggedKVCacheWrapper; its plan, which reads the lengths on the host, is not timed"

    def __init__(self, options):
        import flashinfer
        import torch

        self.workspace = torch.empty(256 << 20, dtype=torch.uint8, device="cuda")
        self.wrapper = flashinfer.BatchPrefillWithRaggedKVCacheWrapper

    def prepare(self, work):
        expect_16_bits(work)
        cell = work.cell
        wrapper = self.wrapper(self.workspace, "NHD")
        wrapper.plan(
            work.offsets, work.offsets, cell.heads, cell.heads, cell.head_dim, causal=False, sm_scale=work.scale,
            q_data_type=work.dtype,
        )  # fmt: skip
        q, k, v = work.q.contiguous(), work.k.contiguous(), work.v.contiguous()
        return lambda: wrapper.run(q, k, v)


PEERS = [FlashInfer]
