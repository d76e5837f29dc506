"""scaled_dot_product_attention of PyTorch over padded operands. Neither padding nor packing is timed."""

import warnings

from peers import Peer, expect_16_bits


class Sdpa(Peer):
    backend: str | None = None  # of SDPBackend; None lets PyTorch choose
    masked = False
    takes_f32 = True

    def __init__(self, options):
        import torch
        from torch.nn.attention import SDPBackend, sdpa_kernel

        self.forward = torch.nn.functional.scaled_dot_product_attention
        self.select = sdpa_kernel
        self.chosen = getattr(SDPBackend, self.backend) if self.backend else None
        # Why a backend will not take something: what it raises is in the tables already.
        warnings.filterwarnings("ignore", message=r"(?s).*\bsdp_utils", category=UserWarning)

    def rows_padded_to(self, work):
        return work.cell.tokens if self.padding == "capacity" else work.longest

    def prepare(self, work):
        if not self.takes_f32:
            expect_16_bits(work)
        n = self.rows_padded_to(work)
        q, k, v = (part.transpose(1, 2) for part in work.padded(n).unbind(2))
        mask = work.key_mask(n)[:, None, None, :] if self.masked else None
        forward, select, chosen = self.forward, self.select, self.chosen
        if chosen is None:
            return lambda: forward(q, k, v, attn_mask=mask)

        def run():
            with select(chosen):
                return forward(q, k, v, attn_mask=mask)

        return run

    def rows(self, work, result):
        return work.unpadded(result.transpose(1, 2))


class Cudnn(Sdpa):
    name = "sdpa_cudnn_padded"
    title = "cuDNN, padded"
    about = "SDPA through cuDNN, padded to the capacity, no mask"
    backend = "CUDNN_ATTENTION"
    takes_f32 = False
    padding = "capacity"
    fast = True


class Longest(Sdpa):
    name = "sdpa_padded_longest"
    title = "SDPA, padded to longest"
    about = "SDPA as PyTorch chooses, padded to the longest sequence of the batch, no mask"
    padding = "longest"
    fast = True


class Flash(Sdpa):
    name = "sdpa_flash_padded"
    title = "SDPA flash, padded"
    about = "SDPA through FlashAttention-2, padded to the capacity, no mask"
    backend = "FLASH_ATTENTION"
    takes_f32 = False
    padding = "capacity"


class Masked(Sdpa):
    name = "sdpa_masked"
    title = "SDPA, masked"
    about = "SDPA as PyTorch chooses, padded to the longest sequence, a mask of the keys"
    masked = True


class CudnnMasked(Sdpa):
    name = "sdpa_cudnn_masked"
    title = "cuDNN, masked"
    about = "SDPA through cuDNN, padded to the longest sequence, a mask of the keys"
    backend = "CUDNN_ATTENTION"
    takes_f32 = False
    masked = True


class EfficientMasked(Sdpa):
    name = "sdpa_efficient_masked"
    title = "SDPA efficient, masked"
    about = "SDPA through the memory-efficient kernels, padded to the longest sequence, a mask of the keys"
    backend = "EFFICIENT_ATTENTION"
    masked = True


PEERS = [Cudnn, Longest, Flash, Masked, CudnnMasked, EfficientMasked]
