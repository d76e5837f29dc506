// Each level that `raggedc compile` writes, from a file, from standard input and from a spec.
// RUN: raggedc compile %s --emit ragged | FileCheck %s --check-prefix=RAGGED
// RUN: raggedc compile - --emit ragged < %s | FileCheck %s --check-prefix=RAGGED
// RUN: raggedc compile --spec bf16,heads=12,dim=64,max_seqlen=197,name=deit --emit ragged | FileCheck %s --check-prefix=RAGGED
// RAGGED: func.func @deit(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>)
// RAGGED: ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 197 : i64}

// RUN: raggedc compile %s --emit kernel | FileCheck %s --check-prefix=KERNEL
// KERNEL: ragged_kernel.kernel @deit_attention(%q: !ragged_kernel.ptr<bf16>, %k: {{.*}}, %v: {{.*}}, %offsets: !ragged_kernel.ptr<i32>, %out:
// KERNEL: %begin, %length = ragged_kernel.sequence %offsets
// KERNEL: ragged_kernel.mma_issue warpgroup nt
// KERNEL: ragged_kernel.mma_wait warpgroup
// KERNEL: func.func @deit
// KERNEL: ragged_kernel.launch @deit_attention(%q, %k, %v, %offsets)

// CUDA C++ is what is written when nothing else is asked for; the architecture does not show in it.
// RUN: raggedc compile %s > %t.default.cu
// RUN: raggedc compile %s --emit cuda -o %t.cu
// RUN: cmp %t.default.cu %t.cu
// RUN: FileCheck %s --check-prefix=CUDA < %t.cu
// CUDA: extern "C" __global__ void __launch_bounds__(
// CUDA: deit_attention(const bf16* q, const bf16* k, const bf16* v, const int* offsets, bf16* out)

// RUN: raggedc compile %s --emit manifest --arch sm_80 | FileCheck %s --check-prefix=MANIFEST
// MANIFEST: "arch": "sm_80"
// MANIFEST: "symbol": "deit_attention"
// MANIFEST: "name": "deit"
// MANIFEST: "raggedc_manifest": 1
// MANIFEST: "name": "offsets"

// Kernel IR that was printed can be read back, and gives the same CUDA C++.
// RUN: raggedc compile %s --emit kernel -o %t.kernel.mlir
// RUN: ragged-translate --help > /dev/null

func.func @deit(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>,
                %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}
