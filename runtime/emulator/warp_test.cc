#include "runtime/emulator/warp.h"

#include <cmath>
#include <limits>
#include <random>

#include "runtime/dtype.h"
#include "runtime/emulator/kernel_testing.h"
// The twins that the kernels below call.
#include "ragged/ptx/math.host.cuh"
#include "ragged/ptx/matrix.host.cuh"
#include "ragged/ptx/matrix_store.host.cuh"
#include "ragged/ptx/memory.host.cuh"
#include "ragged/ptx/memory_wide.host.cuh"
#include "ragged/ptx/special.host.cuh"
#include "ragged/ptx/sync.host.cuh"

// Shuffles, votes and warp barriers are in cluster_test.cc.

namespace raggedc::emulator {
namespace {

namespace ptx = ragged::ptx;
using ragged::bf16;
using ragged::f16;
using ragged::u32x4;

uint32_t Lane() {
  return static_cast<uint32_t>(ptx::lane());
}

// Element (row, column) of a matrix of 16-bit numbers says where it stands.
uint16_t Name(uint32_t matrix, uint32_t row, uint32_t column) {
  return static_cast<uint16_t>(matrix << 8 | row << 4 | column);
}

// Four matrices of 8 rows of 16 bytes. Rows lie apart, and matrices in no order.
uint32_t RowAddress(uint32_t matrix, uint32_t row) {
  return (3 - matrix) * 512 + row * 48;
}

void StoreMatrices() {
  const uint32_t matrix = Lane() / 8, row = Lane() % 8;
  uint16_t values[8];
  for (uint32_t column = 0; column < 8; ++column) values[column] = Name(matrix, row, column);
  u32x4 chunk;
  std::memcpy(&chunk, values, 16);
  ptx::store_shared(RowAddress(matrix, row), chunk);
  ptx::bar_warp_sync();
}

template <int kCount, bool kTransposed>
void CheckLoad(void* const*) {
  StoreMatrices();
  uint32_t reg[kCount];
  // Lanes that give no address may hold anything.
  const bool asked = Lane() < 8 * kCount;
  ptx::ldmatrix<kCount, kTransposed>(reg, asked ? RowAddress(Lane() / 8, Lane() % 8) : 0xfffff1);
  for (uint32_t m = 0; m < kCount; ++m) {
    const uint32_t g = Lane() / 4, t = Lane() % 4;
    const uint32_t low = kTransposed ? Name(m, 2 * t, g) : Name(m, g, 2 * t);
    const uint32_t high = kTransposed ? Name(m, 2 * t + 1, g) : Name(m, g, 2 * t + 1);
    EXPECT_EQ(reg[m], low | high << 16) << "matrix " << m << " lane " << Lane();
  }
}

TEST(WarpTest, LoadMatrix) {
  for (const KernelEntry entry : {CheckLoad<1, false>, CheckLoad<2, false>, CheckLoad<4, false>, CheckLoad<1, true>,
                                  CheckLoad<2, true>, CheckLoad<4, true>}) {
    ExpectClean(RunKernel({}, entry));
  }
}

template <int kCount, bool kTransposed>
void CheckStore(void* const*) {
  uint32_t reg[kCount];
  for (uint32_t m = 0; m < kCount; ++m) {
    const uint32_t g = Lane() / 4, t = Lane() % 4;
    const uint32_t low = kTransposed ? Name(m, 2 * t, g) : Name(m, g, 2 * t);
    reg[m] = low | uint32_t{kTransposed ? Name(m, 2 * t + 1, g) : Name(m, g, 2 * t + 1)} << 16;
  }
  ptx::stmatrix<kCount, kTransposed>(Lane() < 8 * kCount ? RowAddress(Lane() / 8, Lane() % 8) : 0xfffff1, reg);
  ptx::bar_warp_sync();
  if (Lane() >= 8 * kCount) return;
  const auto row = ptx::load_shared<u32x4>(RowAddress(Lane() / 8, Lane() % 8));
  uint16_t values[8];
  std::memcpy(values, &row, 16);
  for (uint32_t column = 0; column < 8; ++column) EXPECT_EQ(values[column], Name(Lane() / 8, Lane() % 8, column));
}

TEST(WarpTest, StoreMatrix) {
  for (const KernelEntry entry : {CheckStore<1, false>, CheckStore<2, false>, CheckStore<4, false>, CheckStore<1, true>,
                                  CheckStore<2, true>, CheckStore<4, true>}) {
    ExpectClean(RunKernel({}, entry));
  }
}

TEST(WarpTest, MatrixFaults) {
  ExpectFault(RunKernel({},
                        [](void* const*) {
                          uint32_t reg[4];
                          StoreMatrices();
                          ptx::ldmatrix<4, false>(reg, RowAddress(Lane() / 8, Lane() % 8) + (Lane() == 9 ? 8 : 0));
                        }),
              FaultKind::kMisaligned, "expected a multiple of 16");
  const KernelRun run = RunKernel({}, [](void* const*) {
    uint32_t reg[4];
    StoreMatrices();
    ptx::ldmatrix<4, false>(reg, Lane() == 9 ? 4096 : 0);
  });
  ExpectFault(run, FaultKind::kSharedBounds, "got address 4096");
  EXPECT_EQ(run.faults[0].site.thread, 9u);  // whose address it was, whoever came last
  ExpectFault(RunKernel({},
                        [](void* const*) {
                          uint32_t reg[1];
                          ptx::ldmatrix<1, false>(reg, Lane() % 8 * 16);
                        }),
              FaultKind::kUninitialised, "16 bytes at shared address 0");
  ExpectFault(RunKernel({.threads = 64},
                        [](void* const*) {
                          if (ptx::warp() == 0) StoreMatrices();
                          uint32_t reg[1] = {};
                          if (ptx::warp() == 1) ptx::stmatrix<1, false>(RowAddress(0, Lane() % 8), reg);
                        }),
              FaultKind::kRace, "write after a write without a barrier between them");
  ExpectFault(RunKernel({},
                        [](void* const*) {
                          StoreMatrices();
                          uint32_t reg[1];
                          if (Lane() != 3) ptx::ldmatrix<1, false>(reg, RowAddress(0, Lane() % 8));
                        }),
              FaultKind::kDivergence, "ldmatrix with thread 3, which has ended");
}

// a (16 x depth) and b (8 x depth, by columns) of small numbers, and c.
struct Product {
  float a[16][16], b[8][16], c[16][8];
};

template <typename T>
uint32_t Pack(const float* values) {
  if constexpr (std::is_same_v<T, bf16>) {
    return Bf16FromFloat(values[0]) | uint32_t{Bf16FromFloat(values[1])} << 16;
  } else if constexpr (std::is_same_v<T, f16>) {
    return F16FromFloat(values[0]) | uint32_t{F16FromFloat(values[1])} << 16;
  } else {
    return std::bit_cast<uint32_t>(values[0]) | 0x1abc;  // the low bits do not take part
  }
}

template <typename T, int kBytes>
void CheckProduct(void* const* args) {
  const auto& product = *static_cast<const Product*>(args[0]);
  constexpr uint32_t kPerRegister = std::is_same_v<T, float> ? 1 : 2;
  constexpr uint32_t kHalf = 4 * kPerRegister;
  constexpr uint32_t kDepth = kBytes / 16 * kHalf;
  const uint32_t g = Lane() / 4, t = Lane() % 4;
  float c[4];
  for (uint32_t i = 0; i < 4; ++i) c[i] = product.c[g + i / 2 * 8][2 * t + i % 2];
  const uint32_t k = t * kPerRegister;
  if constexpr (kBytes == 32) {
    ptx::mma_32_bytes<T>(c, Pack<T>(&product.a[g][k]), Pack<T>(&product.a[g + 8][k]), Pack<T>(&product.a[g][k + kHalf]),
                         Pack<T>(&product.a[g + 8][k + kHalf]), Pack<T>(&product.b[g][k]),
                         Pack<T>(&product.b[g][k + kHalf]));
  } else {
    ptx::mma_16_bytes<T>(c, Pack<T>(&product.a[g][k]), Pack<T>(&product.a[g + 8][k]), Pack<T>(&product.b[g][k]));
  }
  for (uint32_t i = 0; i < 4; ++i) {
    const uint32_t row = g + i / 2 * 8, column = 2 * t + i % 2;
    float expected = product.c[row][column];
    for (uint32_t j = 0; j < kDepth; ++j) expected += product.a[row][j] * product.b[column][j];
    EXPECT_EQ(c[i], expected) << row << " " << column;
  }
}

TEST(WarpTest, Mma) {
  const uint32_t seed = std::random_device()();
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  Product product;
  const auto draw = [&](auto& rows) {
    for (auto& row : rows) {
      for (float& value : row) value = static_cast<float>(static_cast<int>(random() % 33) - 16);
    }
  };
  draw(product.a);
  draw(product.b);
  draw(product.c);
  const std::pair<KernelEntry, int> cases[] = {{CheckProduct<bf16, 32>, 16},
                                               {CheckProduct<f16, 32>, 16},
                                               {CheckProduct<float, 32>, 8},
                                               {CheckProduct<bf16, 16>, 8},
                                               {CheckProduct<f16, 16>, 8}};
  for (const auto& [entry, depth] : cases) {
    const KernelRun run = RunKernel({}, entry, {}, {&product});
    ExpectClean(run);
    EXPECT_EQ(run.counters.mma, 1);
    EXPECT_EQ(run.counters.mma_flops, 2 * 16 * 8 * depth);
  }
}

TEST(WarpTest, MmaOfWhatDidNotArrive) {
  ExpectFault(RunKernel({},
                        [](void* const*) {
                          float c[4] = {};
                          ptx::mma_16_bytes<bf16>(c, Lane() == 4 ? ragged_host::kPoison : 0, 0, 0);
                        }),
              FaultKind::kInFlight, "mma.sync with a result that was not waited for");
}

TEST(WarpTest, MmaIsAligned) {
  ExpectFault(RunKernel({},
                        [](void* const*) {
                          float c[4] = {};
                          if (Lane() < 16) {
                            ptx::mma_16_bytes<bf16>(c, 0, 0, 0);
                          } else {
                            ptx::mma_16_bytes<bf16>(c, 0, 0, 0);
                          }
                        }),
              FaultKind::kDivergence, "expected the lanes of a warp to meet at one instruction");
}

TEST(WarpTest, Ex2) {
  const KernelRun run = RunKernel({}, [](void* const*) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    EXPECT_EQ(ptx::ex2(3), 8);
    EXPECT_EQ(ptx::ex2(-kInfinity), 0);
    EXPECT_FALSE(std::signbit(ptx::ex2(-kInfinity)));
    EXPECT_EQ(ptx::ex2(kInfinity), kInfinity);
    EXPECT_EQ(ptx::ex2(-127), 0);       // a denormal becomes 0
    EXPECT_EQ(ptx::ex2(0x1p-140f), 1);  // and counts as 0
    EXPECT_NEAR(ptx::ex2(0.5f), std::sqrt(2.0f), 2e-7f);
  });
  ExpectClean(run);
  EXPECT_EQ(run.counters.ex2, 32 * 7);
  ExpectFault(RunKernel({}, [](void* const*) { ptx::ex2(std::bit_cast<float>(ragged_host::kPoison)); }),
              FaultKind::kInFlight, "ex2 with a result that was not waited for");
}

// The conversions of templates' twins against those of the runtime.
TEST(WarpTest, Conversions) {
  const uint32_t seed = std::random_device()();
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  std::vector<float> values = {
      0,         -0.0f,    1,        65504,      65519.99f, 65520,      -70000,
      0x1p-14f,  0x1p-15f, 0x1p-25f, 0x1.8p-25f, 0x1p-24f,  3.3895e38f, std::numeric_limits<float>::infinity(),
      0x1.01p0f, 0x1.03p0f};
  for (int i = 0; i < 10000; ++i) values.push_back(std::bit_cast<float>(static_cast<uint32_t>(random())));
  for (int i = 0; i < 10000; ++i) values.push_back(std::ldexp(static_cast<float>(random() % 8192), -26));
  for (const float value : values) {
    if (std::isnan(value)) continue;
    EXPECT_EQ(ptx::cvt_pair<bf16>(value, 1), Bf16FromFloat(value) | 0x3f800000u) << value;
    EXPECT_EQ(ptx::cvt_pair<f16>(1, value), uint32_t{F16FromFloat(value)} << 16 | 0x3c00u) << value;
  }
  EXPECT_EQ(ptx::cvt_pair<bf16>(std::nanf(""), 0), 0x7fffu);
  EXPECT_EQ(ptx::cvt_pair<f16>(std::nanf(""), 0), 0x7fffu);
  EXPECT_EQ(ptx::cvt_tf32(std::bit_cast<float>(0x3f801000u)), 0x3f802000u);  // ties away from zero
  EXPECT_EQ(ptx::cvt_tf32(std::bit_cast<float>(0xbf800fffu)), 0xbf800000u);
}

}  // namespace
}  // namespace raggedc::emulator
