#include "runtime/emulator/warpgroup.h"

#include <algorithm>
#include <random>

#include "runtime/dtype.h"
#include "runtime/emulator/kernel_testing.h"
// The twins that the kernels below call.
#include "ragged/matrix_descriptor.cuh"
#include "ragged/ptx/memory.host.cuh"
#include "ragged/ptx/memory_wide.host.cuh"
#include "ragged/ptx/proxy.host.cuh"
#include "ragged/ptx/special.host.cuh"
#include "ragged/ptx/sync.host.cuh"
#include "ragged/ptx/warpgroup.host.cuh"
#include "ragged/ptx/warpgroup_mma.host.cuh"
#include "ragged/tile_descriptor.cuh"

namespace raggedc::emulator {
namespace {

namespace ptx = ragged::ptx;
using ragged::bf16;
using ragged::f16;
using ragged::Swizzle;
using ragged::u32x4;
using ragged::u64;

constexpr KernelShape kGroup = {.threads = 128, .shared_bytes = 65536};
constexpr uint32_t kB = 32768;  // where b lies; a is at 0
constexpr int kMostRows = 256;

uint32_t BytesOf(Swizzle swizzle) {
  return swizzle == Swizzle::k128 ? 128 : swizzle == Swizzle::k64 ? 64 : swizzle == Swizzle::k32 ? 32 : 16;
}

// An operand: a matrix of small numbers, and where its elements lie in shared memory. By hand, from the tables of the
// manual: rows of 8 of a pattern are as wide as the swizzle, which moves their 16-byte chunks.
struct Operand {
  Swizzle swizzle = Swizzle::kNone;
  bool transposed = false;  // rows, not k, are contiguous
  uint32_t leading = 0, stride = 0;
  uint32_t address = 0;
  uint32_t element = 2;  // bytes

  uint32_t Place(uint32_t row, uint32_t k) const {
    const uint32_t width = BytesOf(swizzle);
    const uint32_t across = transposed ? row : k;  // contiguous
    const uint32_t line = transposed ? k : row;
    uint32_t offset = across * element;
    if (swizzle == Swizzle::kNone) {
      // Core matrices of 8 lines of 16 bytes.
      const uint32_t along = transposed ? stride : leading;
      const uint32_t next = transposed ? leading : stride;
      return address + offset / 16 * along + line / 8 * next + line % 8 * 16 + offset % 16;
    }
    const uint32_t block = offset / width;  // only rows are that long
    offset %= width;
    const uint32_t turn = width == 128 ? line % 8 : width == 64 ? line % 8 / 2 : line % 8 / 4;
    return address + block * leading + line / 8 * stride + line % 8 * width + (offset / 16 ^ turn) * 16 + offset % 16;
  }
  u64 Descriptor() const {
    return u64{address} >> 4 | u64{leading >> 4} << 16 | u64{stride >> 4} << 32 | static_cast<u64>(swizzle) << 62;
  }
};

// What a test kernel gets.
struct Problem {
  Operand a, b;
  std::vector<uint8_t> image;      // of shared memory
  std::vector<float> left, right;  // 64 x depth, n x depth
  std::vector<float> d;            // 128 x n / 2: before, and then after
  uint32_t n = 0, depth = 16;
  bool accumulate = false;
};

template <typename T>
void Encode(float value, uint8_t* to) {
  if constexpr (std::is_same_v<T, bf16>) {
    const uint16_t bits = Bf16FromFloat(value);
    std::memcpy(to, &bits, 2);
  } else if constexpr (std::is_same_v<T, f16>) {
    const uint16_t bits = F16FromFloat(value);
    std::memcpy(to, &bits, 2);
  } else {
    std::memcpy(to, &value, 4);
  }
}

template <typename T>
Problem MakeProblem(uint32_t n, const Operand& a, const Operand& b, bool accumulate, std::mt19937* random) {
  Problem problem;
  problem.a = a;
  problem.b = b;
  problem.a.element = problem.b.element = sizeof(T);
  problem.b.address += kB;
  problem.n = n;
  problem.depth = 32 / sizeof(T);
  problem.accumulate = accumulate;
  problem.image.assign(kGroup.shared_bytes, 0);
  const auto draw = [&] { return static_cast<float>(static_cast<int>((*random)() % 9) - 4); };
  const auto fill = [&](const Operand& operand, uint32_t rows, std::vector<float>* values) {
    for (uint32_t row = 0; row < rows; ++row) {
      for (uint32_t k = 0; k < problem.depth; ++k) {
        values->push_back(draw());
        Encode<T>(values->back(), problem.image.data() + operand.Place(row, k));
      }
    }
  };
  fill(problem.a, 64, &problem.left);
  fill(problem.b, n, &problem.right);
  for (uint32_t i = 0; i < 128 * n / 2; ++i) problem.d.push_back(draw());
  return problem;
}

// Row and column of a thread's accumulator.
uint32_t RowOf(uint32_t thread, uint32_t i) {
  return thread / 32 * 16 + thread % 32 / 4 + i / 2 % 2 * 8;
}
uint32_t ColumnOf(uint32_t thread, uint32_t i) {
  return i / 4 * 8 + thread % 4 * 2 + i % 2;
}

void LoadImage(const Problem& problem) {
  for (uint32_t i = static_cast<uint32_t>(ptx::thread()) * 16; i < problem.image.size(); i += 128 * 16) {
    u32x4 chunk;
    std::memcpy(&chunk, problem.image.data() + i, 16);
    ptx::store_shared(i, chunk);
  }
  ptx::fence_proxy_async_shared();
  ptx::bar_sync<0>();
}

template <typename T, int kN, bool kTransposeA, bool kTransposeB, bool kShared>
void Multiply(void* const* args) {
  auto& problem = *static_cast<Problem*>(args[0]);
  LoadImage(problem);
  const auto thread = static_cast<uint32_t>(ptx::thread());
  float d[kN / 2];
  std::copy_n(problem.d.data() + thread * (kN / 2), kN / 2, d);
  ptx::wgmma_fence();
  if constexpr (kShared) {
    ptx::wgmma_shared<T, kN, kTransposeA, kTransposeB>(d, problem.a.Descriptor(), problem.b.Descriptor(),
                                                       problem.accumulate);
  } else {
    // As for mma.sync: registers 0 and 1 are rows g and g + 8 of the first 16 bytes of k, 2 and 3 of the others.
    uint32_t a[4];
    for (uint32_t r = 0; r < 4; ++r) {
      const uint32_t row = thread / 32 * 16 + thread % 32 / 4 + r % 2 * 8;
      for (uint32_t e = 0; e < 4 / sizeof(T); ++e) {
        const uint32_t k = r / 2 * problem.depth / 2 + thread % 4 * (4 / sizeof(T)) + e;
        Encode<T>(problem.left[row * problem.depth + k], reinterpret_cast<uint8_t*>(&a[r]) + e * sizeof(T));
      }
    }
    ptx::wgmma_registers<T, kN, kTransposeB>(d, a, problem.b.Descriptor(), problem.accumulate);
  }
  ptx::wgmma_commit_group();
  ptx::wgmma_wait_group<0>();
  for (uint32_t i = 0; i < kN / 2; ++i) {
    const uint32_t row = RowOf(thread, i);
    const uint32_t column = ColumnOf(thread, i);
    float expected = problem.accumulate ? problem.d[thread * (kN / 2) + i] : 0;
    for (uint32_t k = 0; k < problem.depth; ++k) {
      expected += problem.left[row * problem.depth + k] * problem.right[column * problem.depth + k];
    }
    EXPECT_EQ(d[i], expected) << "row " << row << " column " << column;
  }
}

// Strides that leave gaps, so that none can be taken for another.
Operand Layout(Swizzle swizzle, bool transposed) {
  Operand operand;
  operand.swizzle = swizzle;
  operand.transposed = transposed;
  const uint32_t pattern = BytesOf(swizzle) * 8;
  operand.stride = swizzle == Swizzle::kNone ? 256 + 32 : pattern;
  operand.leading = swizzle == Swizzle::kNone ? (transposed ? 16384 : 128) : 2 * pattern;
  return operand;
}

template <typename T, int kN, bool kTransposeA, bool kTransposeB>
void CheckShape(std::mt19937* random) {
  for (const Swizzle swizzle_a : {Swizzle::kNone, Swizzle::k32, Swizzle::k64, Swizzle::k128}) {
    for (const Swizzle swizzle_b : {Swizzle::kNone, Swizzle::k32, Swizzle::k64, Swizzle::k128}) {
      const bool accumulate = (*random)() % 2 == 0;
      SCOPED_TRACE(testing::Message() << "n " << kN << ", swizzles " << BytesOf(swizzle_a) << " and "
                                      << BytesOf(swizzle_b) << ", transposed " << kTransposeA << kTransposeB
                                      << ", accumulate " << accumulate);
      Problem problem =
          MakeProblem<T>(kN, Layout(swizzle_a, kTransposeA), Layout(swizzle_b, kTransposeB), accumulate, random);
      const KernelRun run = RunKernel(kGroup, Multiply<T, kN, kTransposeA, kTransposeB, true>, {}, {&problem});
      ExpectClean(run);
      EXPECT_EQ(run.counters.wgmma, 1);
      EXPECT_EQ(run.counters.wgmma_flops, 2 * 64 * kN * int64_t{problem.depth});
      if (!kTransposeA) ExpectClean(RunKernel(kGroup, Multiply<T, kN, false, kTransposeB, false>, {}, {&problem}));
    }
  }
}

std::mt19937 Seeded() {
  const uint32_t seed = std::random_device()();
  std::printf("seed %u\n", seed);
  return std::mt19937(seed);
}

TEST(WarpgroupTest, Bf16) {
  std::mt19937 random = Seeded();
  CheckShape<bf16, 8, false, false>(&random);
  CheckShape<bf16, 64, true, false>(&random);
  CheckShape<bf16, 64, false, true>(&random);
  CheckShape<bf16, 128, true, true>(&random);
}

TEST(WarpgroupTest, F16) {
  std::mt19937 random = Seeded();
  CheckShape<f16, 64, true, true>(&random);
  CheckShape<f16, 24, false, false>(&random);
  CheckShape<f16, 192, false, true>(&random);
}

TEST(WarpgroupTest, Tf32) {
  std::mt19937 random = Seeded();
  CheckShape<float, 40, false, false>(&random);
  CheckShape<float, kMostRows, false, false>(&random);
}

TEST(WarpgroupTest, Tf32DropsTheLowBits) {
  std::mt19937 random(1);
  Problem problem = MakeProblem<float>(8, Layout(Swizzle::kNone, false), Layout(Swizzle::kNone, false), false, &random);
  for (uint32_t i = 0; i < kB; i += 4) problem.image[i] |= 0xff;
  for (uint32_t i = 0; i < kB; i += 4) problem.image[i + 1] |= 0x1f;
  ExpectClean(RunKernel(kGroup, Multiply<float, 8, false, false, true>, {}, {&problem}));
}

// A K-major operand is walked along k by adding 32 bytes to the address of its descriptor.
TEST(WarpgroupTest, StepsAlongK) {
  std::mt19937 random = Seeded();
  for (const Swizzle swizzle : {Swizzle::k64, Swizzle::k128}) {
    for (uint32_t step = 0; step < BytesOf(swizzle) / 32; ++step) {
      Problem problem = MakeProblem<bf16>(16, Layout(swizzle, false), Layout(swizzle, false), false, &random);
      // The matrices stand at columns of their patterns.
      std::vector<uint8_t> image(kGroup.shared_bytes);
      for (Operand* operand : {&problem.a, &problem.b}) {
        for (uint32_t row = 0; row < (operand == &problem.a ? 64u : 16u); ++row) {
          for (uint32_t k = 0; k < 16; ++k) {
            std::memcpy(&image[operand->Place(row, k + step * 16)], &problem.image[operand->Place(row, k)], 2);
          }
        }
      }
      problem.image = image;
      problem.a.address += step * 32;
      problem.b.address += step * 32;
      ExpectClean(RunKernel(kGroup, Multiply<bf16, 16, false, false, true>, {}, {&problem}));
    }
  }
}

TEST(WarpgroupTest, DescriptorOfTheTemplates) {
  Operand operand;
  operand.swizzle = Swizzle::k64;
  operand.address = 512;
  operand.leading = 4096;
  operand.stride = 1024;
  EXPECT_EQ(ragged::matrix_descriptor<Swizzle::k64>(512, 4096, 1024), operand.Descriptor());
}

// Where a descriptor of 16-bit elements finds an element, by the rules of matrix_descriptor.cuh. `line`: of the rows
// where k is contiguous, else of k; `across`: the contiguous one.
uint32_t Find(u64 descriptor, bool transposed, uint32_t line, uint32_t across) {
  const auto field = [&](int shift) { return static_cast<uint32_t>(descriptor >> shift & 0x3fff) << 4; };
  const uint32_t leading = field(16), stride = field(32), chunk = across / 8;
  const auto swizzle = static_cast<Swizzle>(descriptor >> 62);
  const uint32_t width = BytesOf(swizzle) / 16;
  uint32_t address = field(0) + across % 8 * 2 + line % 8 * width * 16;
  if (swizzle == Swizzle::kNone) {
    return address + line / 8 * (transposed ? leading : stride) + chunk * (transposed ? stride : leading);
  }
  address += line / 8 * stride + (transposed ? chunk % width * 16 + chunk / width * leading : chunk * 16);
  return address ^ (address >> 7 & (width - 1)) << 4;
}

// The descriptors of a tile find what the tile's layout has put there: all steps, from the first row and from others.
template <class Layout, int kCols>
void CheckTile() {
  constexpr int kRows = 64;
  using Tile = ragged::SharedTile<bf16, kRows, kCols, Layout>;
  constexpr uint32_t kBase = 3072;
  for (const int first : {0, 8, 40}) {
    const auto part = Tile{kBase}.template rows<16>(first);
    for (int step = 0; step < Layout::filled(kCols / 8) / 2; ++step) {
      const u64 descriptor = ragged::TileDescriptor<Layout>::along_k(part.address, step);
      for (int row = 0; row < 16; ++row) {
        for (int k = 0; k < 16; ++k) {
          const uint32_t expected = kBase + Layout::offset(first + row, step * 2 + k / 8) + k % 8 * 2;
          ASSERT_LT(expected, kBase + Tile::kBytes);
          ASSERT_EQ(Find(descriptor, false, row, k), expected) << kCols << ": " << step << " " << row << " " << k;
        }
      }
    }
  }
  for (int step = 0; step < kRows / 16; ++step) {
    const u64 descriptor = ragged::TileDescriptor<Layout>::along_rows(kBase, step);
    for (int row = 0; row < 16; ++row) {
      for (int column = 0; column < kCols; ++column) {
        const uint32_t expected = kBase + Layout::offset(step * 16 + row, column / 8) + column % 8 * 2;
        ASSERT_EQ(Find(descriptor, true, row, column), expected)
            << kCols << ": " << step << " " << row << " " << column;
      }
    }
  }
}

TEST(WarpgroupTest, DescriptorsOfTiles) {
  namespace layout = ragged::layout;
  CheckTile<layout::Xor<32>, 16>();
  CheckTile<layout::Xor<64>, 32>();
  CheckTile<layout::Xor<128>, 64>();
  CheckTile<layout::Panels<8192>, 128>();
  CheckTile<layout::Panels<9216>, 256>();
  CheckTile<layout::Panels<8192>, 48>();
  CheckTile<layout::Panels<8192>, 80>();
  CheckTile<layout::EvenPanels<8192>, 72>();
  CheckTile<layout::EvenPanels<8192>, 40>();
}

// What a tile takes and holds, and where in a row ldmatrix goes on from.
TEST(WarpgroupTest, LayoutsOfTiles) {
  namespace layout = ragged::layout;
  EXPECT_EQ((ragged::SharedTile<bf16, 64, 192, layout::Panels<8192>>::kBytes), 3 * 8192);
  EXPECT_EQ((ragged::SharedTile<bf16, 64, 72, layout::Panels<9216>>::kBytes), 2 * 9216);
  EXPECT_EQ((ragged::SharedTile<bf16, 64, 56, layout::EvenPanels<8192>>::kBytes), 8192);
  EXPECT_EQ(layout::Panels<8192>::filled(9), 9);
  EXPECT_EQ(layout::EvenPanels<8192>::filled(9), 10);
  EXPECT_FALSE(layout::Panels<8192>::holds(65, 16));
  for (int row = 0; row < 16; ++row) {
    for (int chunk = 0; chunk < 2; ++chunk) {
      for (int delta = 0; delta < 24; delta += 2) {
        EXPECT_EQ(layout::Panels<8192>::advance(layout::Panels<8192>::offset(row, chunk), delta),
                  layout::Panels<8192>::offset(row, chunk + delta));
      }
    }
  }
}

}  // namespace
}  // namespace raggedc::emulator
