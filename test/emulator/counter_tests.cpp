//===- counter_tests.cpp - what kernels are counted to do ------------------===//
//
// Counters of emitted kernels against numbers worked out by hand.
//
//===----------------------------------------------------------------------===//

#include <gtest/gtest.h>

#include "runtime/strings.h"
#include "test/cases/CaseBuilder.h"
#include "test/emulator/Kernel.h"

using namespace raggedc;
using emulator::Counters;

namespace {

/// Of the one launch of a kernel that has no fault.
Counters count(const Kernel& kernel, const std::string& cuda) {
  Result<EmulationResult> result = emulate(kernel, cuda, /*timeoutSeconds=*/60, /*counts=*/true);
  EXPECT_TRUE(result.ok()) << result.status().message();
  if (!result.ok() || result->launches.size() != 1) return {};
  EXPECT_TRUE(result->faults.empty());
  const Status status = compareWithReference(kernel, *result);
  EXPECT_TRUE(status.ok()) << status.message();
  return result->launches[0].counters;
}

/// One warp, one sequence of 16 rows of 16 bf16 elements, which are 32 bytes: one tile of everything.
Kernel makeAttention() {
  KernelCase test;
  test.spec = "bf16,heads=1,dim=16,max_seqlen=16";
  test.family = "warp";
  test.lengths = {16};
  Result<Kernel> kernel = makeKernel(test);
  EXPECT_TRUE(kernel.ok()) << kernel.status().message();
  return kernel.ok() ? std::move(*kernel) : Kernel();
}

TEST(CountersOfKernels, Attention) {
  const Kernel kernel = makeAttention();
  const Counters counters = count(kernel, kernel.module.cuda);
  // q, k and v are 16 rows of 32 bytes, 512 bytes and 16 sectors each; two loads of an offset, of 4 bytes for all
  // lanes, touch a sector each. A copy is one instruction: 32 lanes move a chunk of 16 bytes each.
  EXPECT_EQ(counters.global_read_bytes, 3 * 512 + 2 * 4);
  EXPECT_EQ(counters.global_read_sectors, 3 * 16 + 2);
  EXPECT_EQ(counters.global_write_bytes, 512);
  EXPECT_EQ(counters.global_write_sectors, 16);
  EXPECT_EQ(counters.global_requests, 3 + 2 + 1);
  EXPECT_EQ(counters.async_copies, 3 * 32);
  // Shared memory serves 128 bytes at a time. 3 copies of 512 bytes; an ldmatrix of 512 bytes for each of q, k and v;
  // results go through shared memory as 2 tiles of 8 columns by 2 halves of 8 rows, 128 bytes each, and come back as
  // one load of 512 bytes. The layout has no conflicts.
  EXPECT_EQ(counters.shared_requests, 3 + 3 + 4 + 1);
  EXPECT_EQ(counters.shared_wavefronts, 3 * 4 + 3 * 4 + 4 * 1 + 4);
  EXPECT_EQ(counters.shared_ideal, counters.shared_wavefronts);
  // m16n8k16: two for 16 x 16 scores over 16 elements, two for 16 x 16 results over 16 keys.
  EXPECT_EQ(counters.mma, 4);
  EXPECT_EQ(counters.mma_flops, 4 * 2 * 16 * 8 * 16);
  EXPECT_EQ(counters.wgmma, 0);
  EXPECT_EQ(counters.ex2, 16 * 16);  // one for each score
  // The four lanes of a row have its maximum and its sum after two exchanges, for two rows of each lane.
  EXPECT_EQ(counters.shuffles, 2 * 2 * 2);
  EXPECT_EQ(counters.block_barriers, 0);
  EXPECT_EQ(counters.warp_barriers, 1 + 3);  // after the copies; around and inside the store
}

// Without its swizzle, rows r and r + 4 of a chunk share the banks: what reads or writes 8 rows of a chunk takes two
// passes. Rows that lie side by side, as copies write them, take what they did.
TEST(CountersOfKernels, BankConflicts) {
  const Kernel kernel = makeAttention();
  std::string cuda = kernel.module.cuda;
  const std::string swizzled = "return row * kStride + ((chunk ^ ((row >> kShift) & kMask)) * kChunkBytes);";
  const size_t at = cuda.find(swizzled);
  ASSERT_NE(at, std::string::npos);
  cuda.replace(at, swizzled.size(), "return row * kStride + chunk * kChunkBytes + 0 * (kShift + kMask);");
  const Counters counters = count(kernel, cuda);
  EXPECT_EQ(counters.shared_requests, 3 + 3 + 4 + 1);
  EXPECT_EQ(counters.shared_wavefronts, 3 * 4 + 3 * 8 + 4 * 2 + 4);
  EXPECT_EQ(counters.shared_ideal, 3 * 4 + 3 * 4 + 4 * 1 + 4);
}

TEST(CountersOfKernels, Unpack) {
  // One sequence of 20 positions, of which 1, 17 and 18 are kept; rows of 24 elements, 48 bytes. Blocks of 8 warps have
  // 16 positions each: there are two.
  KernelCase test;
  test.text = unpackText("bf16", 20, "24");
  test.lengths = {3};
  Result<Kernel> made = makeKernel(test);
  ASSERT_TRUE(made.ok()) << made.status().message();
  for (Tensor& tensor : made->inputs)
    if (tensor.name == "indices") tensor = MakeI32Tensor("indices", std::vector<int32_t>{1, 17, 18});
  const Counters counters = count(*made, made->module.cuda);
  // Every warp reads two offsets; the first of a block reads the 3 indices; a row is 48 bytes wherever it begins, and
  // begins in the middle of a sector or at its start, so touches two.
  EXPECT_EQ(counters.global_read_bytes, 2 * (8 * 2 * 4 + 3 * 4) + 3 * 48);
  EXPECT_EQ(counters.global_read_sectors, 2 * (8 * 2 + 1) + 3 * 2);
  EXPECT_EQ(counters.global_write_bytes, 20 * 48);
  EXPECT_EQ(counters.global_write_sectors, 20 * 2);
  EXPECT_EQ(counters.global_requests, 2 * (8 * 2 + 1) + 3 + 20);
  // A block writes -1 to its 16 places and then the rows of those that are kept, in one store each; a warp reads the
  // place of each of the 20 rows, all lanes the same word.
  EXPECT_EQ(counters.shared_requests, 2 * 2 + 20);
  EXPECT_EQ(counters.shared_wavefronts, 2 * 2 + 20);
  EXPECT_EQ(counters.shared_ideal, 2 * 2 + 20);
  EXPECT_EQ(counters.async_copies, 0);
  EXPECT_EQ(counters.mma, 0);
  EXPECT_EQ(counters.ex2, 0);
  EXPECT_EQ(counters.shuffles, 0);
  EXPECT_EQ(counters.block_barriers, 2 * 2);
  EXPECT_EQ(counters.warp_barriers, 0);
}

}  // namespace
