// Tensor copies of bulk_copy.h.
#include <algorithm>

#include "runtime/emulator/tensor_map.h"
#include "runtime/testing.h"
// Behind the rest.
#include "runtime/emulator/async_testing.h"

namespace raggedc::emulator {
namespace {

// A bf16 matrix of 20 rows and 72 columns, 80 apart; boxes of 64 bytes or the swizzle's width, 16 rows.
struct Matrix {
  static constexpr int kRows = 20, kColumns = 72, kStride = 80, kBoxRows = 16;
  Buffer buffer = Buffer("matrix", kRows * kStride * 2, true, true);
  TensorMap map;
  int box_columns;

  explicit Matrix(TensorSwizzle swizzle, TensorFill fill = TensorFill::kZeros) {
    for (int i = 0; i < kRows * kStride; ++i) buffer.as<uint16_t>()[i] = static_cast<uint16_t>(i + 1);
    box_columns = swizzle == TensorSwizzle::k128B ? 64 : swizzle == TensorSwizzle::k32B ? 16 : 32;
    const uint64_t sizes[] = {kColumns, kRows};
    const uint64_t strides[] = {kStride * 2};
    const uint32_t box[] = {static_cast<uint32_t>(box_columns), kBoxRows};
    const uint32_t element_strides[] = {1, 1};
    const Status status =
        EncodeTensorMap(&map, TensorType::kBfloat16, 2, buffer.as<void>(), sizes, strides, box, element_strides,
                        TensorInterleave::kNone, swizzle, TensorPromotion::kNone, fill);
    EXPECT_TRUE(status.ok()) << status.message();
  }
  uint32_t bytes() const { return static_cast<uint32_t>(box_columns) * 2 * kBoxRows; }
  // By hand: where column c of row r of a box lies behind an address that is a multiple of 1024.
  static uint32_t Place(TensorSwizzle swizzle, int row, int column) {
    const auto r = static_cast<uint32_t>(row);
    const auto chunk = static_cast<uint32_t>(column) / 8;
    const uint32_t rest = static_cast<uint32_t>(column) % 8 * 2;
    switch (swizzle) {
      case TensorSwizzle::kNone:
        return r * 64 + chunk * 16 + rest;
      case TensorSwizzle::k32B:  // 4 rows in 128 bytes, 8 rows in two of them
        return r * 32 + (chunk ^ (r / 4 & 1)) * 16 + rest;
      case TensorSwizzle::k64B:
        return r * 64 + (chunk ^ (r / 2 & 3)) * 16 + rest;
      case TensorSwizzle::k128B:
        return r * 128 + (chunk ^ (r & 7)) * 16 + rest;
    }
    return 0;
  }
};

constexpr TensorSwizzle kSwizzles[] = {TensorSwizzle::kNone, TensorSwizzle::k32B, TensorSwizzle::k64B,
                                       TensorSwizzle::k128B};
constexpr int kCorners[][2] = {{0, 0}, {8, 2}, {-8, -3}, {48, 10}, {64, 19}, {200, 0}, {0, -16}};

TEST(TensorCopyTest, LoadPlacesFillsAndSwizzles) {
  for (const TensorSwizzle swizzle : kSwizzles) {
    for (const auto& corner : kCorners) {
      Matrix matrix(swizzle);
      Buffer out("out", 4096, true, false);
      int at[] = {corner[0], corner[1], static_cast<int>(matrix.bytes())};
      const KernelRun run =
          RunKernel({},
                    [](void* const* args) {
                      InitMbarrier(1);
                      const int* corner_arg = Arg<int>(args, 2);
                      const auto bytes = static_cast<uint32_t>(corner_arg[2]);
                      if (ptx::lane() == 0) {
                        ptx::mbarrier_arrive_expect_tx(kBar, bytes);
                        ptx::cp_async_bulk_tensor_load<2>(kData, args[3], {corner_arg[0], corner_arg[1]}, kBar);
                      }
                      WaitInLoop(0);
                      for (uint32_t i = static_cast<uint32_t>(ptx::lane()) * 16; i < bytes; i += 512) {
                        ptx::store_global(Arg<uint8_t>(args, 1) + i, ptx::load_shared<u32x4>(kData + i));
                      }
                    },
                    {&matrix.buffer, &out}, {at, &matrix.map});
      ExpectClean(run);
      for (int row = 0; row < Matrix::kBoxRows; ++row) {
        for (int column = 0; column < matrix.box_columns; ++column) {
          const int r = row + corner[1];
          const int c = column + corner[0];
          const bool inside = r >= 0 && r < Matrix::kRows && c >= 0 && c < Matrix::kColumns;
          const uint16_t expected = inside ? matrix.buffer.as<uint16_t>()[r * Matrix::kStride + c] : 0;
          EXPECT_EQ(out.as<uint16_t>()[Matrix::Place(swizzle, row, column) / 2], expected)
              << "swizzle " << static_cast<int>(swizzle) << " corner " << corner[0] << " " << corner[1] << " at " << row
              << " " << column;
        }
      }
    }
  }
}

TEST(TensorCopyTest, StoreUndoesTheSwizzleAndCutsTheEdges) {
  for (const TensorSwizzle swizzle : kSwizzles) {
    for (const auto& corner : kCorners) {
      Matrix matrix(swizzle);
      const std::vector<uint16_t> before(matrix.buffer.as<uint16_t>(),
                                         matrix.buffer.as<uint16_t>() + Matrix::kRows * Matrix::kStride);
      int at[] = {std::max(corner[0], 0), std::max(corner[1], 0)};
      const KernelRun run =
          RunKernel({},
                    [](void* const* args) {
                      for (uint32_t i = static_cast<uint32_t>(ptx::lane()) * 4; i < 2048; i += 128) {
                        ptx::store_shared(kData + i, (i / 2 + 1) << 16 | i / 2);  // halves number themselves
                      }
                      ptx::fence_proxy_async_shared();
                      ptx::bar_sync<0>();
                      if (ptx::lane() == 0) {
                        const int* corner_arg = Arg<int>(args, 1);
                        ptx::cp_async_bulk_tensor_store<2>(args[2], {corner_arg[0], corner_arg[1]}, kData);
                        ptx::cp_async_bulk_commit_group();
                        ptx::cp_async_bulk_wait_group<0>();
                      }
                    },
                    {&matrix.buffer}, {at, &matrix.map});
      ExpectClean(run);
      for (int r = 0; r < Matrix::kRows; ++r) {
        for (int c = 0; c < Matrix::kStride; ++c) {
          const int row = r - std::max(corner[1], 0);
          const int column = c - std::max(corner[0], 0);
          const bool in_box =
              row >= 0 && row < Matrix::kBoxRows && column >= 0 && column < matrix.box_columns && c < Matrix::kColumns;
          const size_t i = static_cast<size_t>(r * Matrix::kStride + c);
          const auto expected = in_box ? static_cast<uint16_t>(Matrix::Place(swizzle, row, column) / 2) : before[i];
          EXPECT_EQ(matrix.buffer.as<uint16_t>()[i], expected) << r << " " << c;
        }
      }
    }
  }
}

TEST(TensorCopyTest, FiveDimensionsWithElementStrides) {
  Buffer in = Numbers(16 * 3 * 4 * 2 * 2);
  Buffer out("out", 16 * 2 * 2 * 2, true, false);
  TensorMap map;
  const uint64_t sizes[] = {16, 3, 4, 2, 2};
  const uint64_t strides[] = {16, 48, 192, 384};
  const uint32_t box[] = {16, 2, 3, 1, 2};
  const uint32_t element_strides[] = {1, 1, 2, 1, 1};
  RAGGEDC_ASSERT_OK(EncodeTensorMap(&map, TensorType::kUint8, 5, in.as<void>(), sizes, strides, box, element_strides,
                                    TensorInterleave::kNone, TensorSwizzle::kNone, TensorPromotion::kNone,
                                    TensorFill::kZeros));
  ExpectClean(RunKernel({},
                        [](void* const* args) {
                          InitMbarrier(1);
                          if (ptx::lane() == 0) {
                            ptx::mbarrier_arrive_expect_tx(kBar, 128);
                            ptx::cp_async_bulk_tensor_load<5>(kData, args[2], {0, 1, 1, 1, 0}, kBar);
                          }
                          WaitInLoop(0);
                          if (ptx::lane() < 8) {
                            const auto i = static_cast<uint32_t>(ptx::lane()) * 16;
                            ptx::store_global(Arg<uint8_t>(args, 1) + i, ptx::load_shared<u32x4>(kData + i));
                          }
                        },
                        {&in, &out}, {&map}));
  for (int e = 0; e < 2; ++e) {
    for (int c = 0; c < 2; ++c) {
      for (int b = 0; b < 2; ++b) {
        const int from = (1 + b) * 16 + (1 + 2 * c) * 48 + 192 + e * 384;
        EXPECT_EQ(std::memcmp(out.as<uint8_t>() + ((e * 2 + c) * 2 + b) * 16, in.as<uint8_t>() + from, 16), 0);
      }
    }
  }
}

TEST(TensorCopyTest, FillsWithNan) {
  Matrix matrix(TensorSwizzle::kNone, TensorFill::kNan);
  const KernelRun run = RunKernel({},
                                  [](void* const* args) {
                                    InitMbarrier(1);
                                    if (ptx::lane() == 0) {
                                      ptx::mbarrier_arrive_expect_tx(kBar, 1024);
                                      ptx::cp_async_bulk_tensor_load<2>(kData, args[1], {0, 12}, kBar);
                                    }
                                    WaitInLoop(0);
                                    EXPECT_EQ(ptx::load_shared<uint32_t>(kData + 7 * 64) & 0xffff, 19u * 80 + 1);
                                    const uint32_t outside = ptx::load_shared<uint32_t>(kData + 8 * 64);
                                    EXPECT_GT(outside & 0x7fff, 0x7f80u);
                                  },
                                  {&matrix.buffer}, {&matrix.map});
  ExpectClean(run);
}

// `words` as a row in global memory, loaded through a map of `type` to which only the first `inside` elements belong.
std::vector<uint32_t> LoadRow(TensorType type, const std::vector<uint32_t>& words, uint64_t inside, TensorFill fill) {
  const auto bytes = static_cast<uint32_t>(words.size() * 4);
  Buffer in("in", bytes, false, true);
  Buffer out("out", bytes, true, false);
  std::copy(words.begin(), words.end(), in.as<uint32_t>());
  TensorMap map;
  const uint32_t element = type == TensorType::kFloat64                                    ? 8
                           : type == TensorType::kFloat16 || type == TensorType::kBfloat16 ? 2
                                                                                           : 4;
  const uint64_t sizes[] = {inside};
  const uint32_t box[] = {bytes / element};
  const uint32_t element_strides[] = {1};
  EXPECT_TRUE(EncodeTensorMap(&map, type, 1, in.as<void>(), sizes, nullptr, box, element_strides,
                              TensorInterleave::kNone, TensorSwizzle::kNone, TensorPromotion::kNone, fill)
                  .ok());
  int size[] = {static_cast<int>(bytes)};
  ExpectClean(RunKernel({},
                        [](void* const* args) {
                          const auto n = static_cast<uint32_t>(Arg<int>(args, 2)[0]);
                          InitMbarrier(1);
                          if (ptx::lane() == 0) {
                            ptx::mbarrier_arrive_expect_tx(kBar, n);
                            ptx::cp_async_bulk_tensor_load<1>(kData, args[3], {0}, kBar);
                          }
                          WaitInLoop(0);
                          for (uint32_t i = static_cast<uint32_t>(ptx::lane()) * 4; i < n; i += 128) {
                            ptx::store_global(Arg<uint8_t>(args, 1) + i, ptx::load_shared<uint32_t>(kData + i));
                          }
                        },
                        {&in, &out}, {size, &map}));
  return {out.as<uint32_t>(), out.as<uint32_t>() + words.size()};
}

// As seen on an H200.
TEST(TensorCopyTest, FillsEveryTypeWithTheSameNan) {
  for (const TensorType type : {TensorType::kFloat16, TensorType::kFloat32, TensorType::kFloat64, TensorType::kBfloat16,
                                TensorType::kFloat32Ftz, TensorType::kTfloat32, TensorType::kTfloat32Ftz}) {
    SCOPED_TRACE(static_cast<int>(type));
    const bool narrow = type == TensorType::kFloat16 || type == TensorType::kBfloat16;
    const std::vector<uint32_t> loaded =
        LoadRow(type, {0x3f804000, 0x3f804000, 0x3f804000, 0x3f804000}, narrow ? 3 : 1, TensorFill::kNan);
    EXPECT_EQ(loaded[0], 0x3f804000u);
    EXPECT_EQ(loaded[1], narrow ? 0x7ff74000u : type == TensorType::kFloat64 ? 0x3f804000u : 0x7ff77ff7u);
    EXPECT_EQ(loaded[2], 0x7ff77ff7u);
    EXPECT_EQ(loaded[3], 0x7ff77ff7u);
  }
}

// As seen on an H200: to nearest, ties to even, over into the next exponent and to infinity; denormals stay.
TEST(TensorCopyTest, LoadsRoundToTf32) {
  const std::vector<uint32_t> words = {0x3f800fff, 0x3f801000, 0x3f801001, 0x3f803000, 0xbf802fff, 0xbf803000,
                                       0x3fffffff, 0x7f7fefff, 0x7f7ff000, 0xff7fffff, 0x7f800000, 0xff800000,
                                       0x7f800001, 0xffc01000, 0x80000fff, 0x007fffff};
  const std::vector<uint32_t> rounded = {0x3f800000, 0x3f800000, 0x3f802000, 0x3f804000, 0xbf802000, 0xbf804000,
                                         0x40000000, 0x7f7fe000, 0x7f800000, 0xff800000, 0x7f800000, 0xff800000,
                                         0x7fffe000, 0x7fffe000, 0x80000000, 0x00800000};
  for (const TensorType type : {TensorType::kTfloat32, TensorType::kTfloat32Ftz}) {
    EXPECT_EQ(LoadRow(type, words, words.size(), TensorFill::kZeros), rounded);
  }
  for (const TensorType type : {TensorType::kFloat32, TensorType::kFloat32Ftz}) {
    EXPECT_EQ(LoadRow(type, words, words.size(), TensorFill::kZeros), words);
  }
}

// As seen on an H200: of the 16 bytes that a row of the tensor ends in, all are written, and nothing behind them.
// Stores through a map of tf32 round nothing.
TEST(TensorCopyTest, StoreWritesWholeChunks) {
  constexpr int kPitch = 64;
  constexpr int kRows = 3;
  const auto store = [](const TensorMap& map, Buffer* out) {
    TensorMap copy = map;
    return RunKernel({},
                     [](void* const* args) {
                       for (uint32_t i = static_cast<uint32_t>(ptx::lane()) * 4; i < 256; i += 128) {
                         ptx::store_shared(kData + i, 0x3f800001 + i);
                       }
                       ptx::fence_proxy_async_shared();
                       ptx::bar_sync<0>();
                       if (ptx::lane() == 0) {
                         ptx::cp_async_bulk_tensor_store<2>(args[1], {0, 0}, kData);
                         ptx::cp_async_bulk_commit_group();
                         ptx::cp_async_bulk_wait_group<0>();
                       }
                     },
                     {out}, {&copy});
  };
  const uint64_t strides[] = {kPitch};
  const uint32_t box[] = {12, 4};  // 48 bytes
  const uint32_t element_strides[] = {1, 1};
  for (const uint64_t columns : {1, 3, 4, 5, 8, 9, 12, 15}) {
    SCOPED_TRACE(columns);
    Buffer out("out", kPitch * kRows, true, true);
    std::fill_n(out.as<uint32_t>(), kPitch * kRows / 4, 7u);
    TensorMap map;
    const uint64_t sizes[] = {columns, kRows};
    RAGGEDC_ASSERT_OK(EncodeTensorMap(&map, TensorType::kTfloat32, 2, out.as<void>(), sizes, strides, box,
                                      element_strides, TensorInterleave::kNone, TensorSwizzle::kNone,
                                      TensorPromotion::kNone, TensorFill::kZeros));
    ExpectClean(store(map, &out));
    const uint32_t written = std::min<uint32_t>(12, (static_cast<uint32_t>(columns) + 3) / 4 * 4);
    for (uint32_t row = 0; row < kRows; ++row) {
      for (uint32_t column = 0; column < kPitch / 4; ++column) {
        EXPECT_EQ(out.as<uint32_t>()[row * kPitch / 4 + column],
                  column < written ? 0x3f800001 + (row * 12 + column) * 4 : 7u)
            << row << " " << column;
      }
    }
  }
  // So a row that ends with its buffer inside of a chunk is written past the buffer.
  Buffer tight("tight", 2 * kPitch + 4, true, true);
  TensorMap map;
  const uint64_t sizes[] = {1, kRows};
  RAGGEDC_ASSERT_OK(EncodeTensorMap(&map, TensorType::kTfloat32, 2, tight.as<void>(), sizes, strides, box,
                                    element_strides, TensorInterleave::kNone, TensorSwizzle::kNone,
                                    TensorPromotion::kNone, TensorFill::kZeros));
  ExpectFault(store(map, &tight), FaultKind::kGlobalBounds, "tight");
}

TEST(TensorCopyTest, Faults) {
  Matrix matrix(TensorSwizzle::k128B);
  static const auto kLoad = [](const void* map, uint32_t to, uint32_t bytes) {
    InitMbarrier(1);
    if (ptx::lane() == 0) {
      ptx::mbarrier_arrive_expect_tx(kBar, bytes);
      ptx::cp_async_bulk_tensor_load<2>(to, map, {0, 0}, kBar);
    }
    WaitInLoop(0);
    ptx::load_shared<uint32_t>(to);
  };
  ExpectFault(
      RunKernel({}, [](void* const* args) { kLoad(args[1], kData + 64, 2048); }, {&matrix.buffer}, {&matrix.map}),
      FaultKind::kMisaligned, "expected the box of a tensor copy at a multiple of 128, got shared address 1088");
  // The box is counted whole, whatever of it lies outside.
  ExpectFault(RunKernel({}, [](void* const* args) { kLoad(args[1], kData, 2176); }, {&matrix.buffer}, {&matrix.map}),
              FaultKind::kDeadlock, "128 bytes are missing");
  ExpectFault(RunKernel({}, [](void* const* args) { kLoad(args[0], kData, 2048); }, {&matrix.buffer}),
              FaultKind::kMisuse, "expected a tensor map, got other bytes");
  ExpectFault(RunKernel({},
                        [](void* const* args) {
                          InitMbarrier(1);
                          if (ptx::lane() == 0) ptx::cp_async_bulk_tensor_load<1>(kData, args[1], {0}, kBar);
                        },
                        {&matrix.buffer}, {&matrix.map}),
              FaultKind::kMisuse, "expected 2 coordinates, got 1");
  Buffer small("small", 512, false, true);
  TensorMap map = matrix.map;
  const std::optional<TensorView> view = DecodeTensorMap(&map);
  ASSERT_TRUE(view.has_value());
  ExpectFault(RunKernel({}, [](void* const* args) { kLoad(args[1], kData, 2048); }, {&small}, {&matrix.map}),
              FaultKind::kGlobalBounds, "outside every buffer");
}

// Rows of a box that do not fill the swizzle lie as far apart as if they did; what is between them is left alone.
TEST(TensorCopyTest, NarrowRowsKeepTheSwizzlesPitch) {
  Buffer in = Numbers(20 * 160);
  Buffer out("out", 2048, true, false);
  TensorMap map;
  const uint64_t sizes[] = {72, 20};
  const uint64_t strides[] = {160};
  const uint32_t box[] = {24, 16};  // 48 of 128 bytes
  const uint32_t element_strides[] = {1, 1};
  RAGGEDC_ASSERT_OK(EncodeTensorMap(&map, TensorType::kBfloat16, 2, in.as<void>(), sizes, strides, box, element_strides,
                                    TensorInterleave::kNone, TensorSwizzle::k128B, TensorPromotion::kNone,
                                    TensorFill::kZeros));
  ExpectClean(RunKernel({},
                        [](void* const* args) {
                          for (uint32_t i = static_cast<uint32_t>(ptx::lane()) * 16; i < 2048; i += 512) {
                            ptx::store_shared(kData + i, u32x4{9, 9, 9, 9});
                          }
                          ptx::fence_proxy_async();
                          InitMbarrier(1);
                          if (ptx::lane() == 0) {
                            ptx::mbarrier_arrive_expect_tx(kBar, 48 * 16);
                            ptx::cp_async_bulk_tensor_load<2>(kData, args[2], {8, 2}, kBar);
                          }
                          WaitInLoop(0);
                          for (uint32_t i = static_cast<uint32_t>(ptx::lane()) * 16; i < 2048; i += 512) {
                            ptx::store_global(Arg<uint8_t>(args, 1) + i, ptx::load_shared<u32x4>(kData + i));
                          }
                        },
                        {&in, &out}, {&map}));
  const u32x4 untouched = {9, 9, 9, 9};
  for (uint32_t row = 0; row < 16; ++row) {
    for (uint32_t chunk = 0; chunk < 8; ++chunk) {
      const uint8_t* got = out.as<uint8_t>() + row * 128 + (chunk ^ (row & 7)) * 16;
      const void* expected = chunk < 3 ? static_cast<const void*>(in.as<uint8_t>() + (row + 2) * 160 + 16 + chunk * 16)
                                       : static_cast<const void*>(&untouched);
      EXPECT_EQ(std::memcmp(got, expected, 16), 0) << row << " " << chunk;
    }
  }
}

TEST(TensorCopyTest, FaultCoordinates) {
  Matrix matrix(TensorSwizzle::kNone);
  ExpectFault(RunKernel({},
                        [](void* const* args) {
                          InitMbarrier(1);
                          if (ptx::lane() == 0) ptx::cp_async_bulk_tensor_load<2>(kData, args[1], {4, 0}, kBar);
                        },
                        {&matrix.buffer}, {&matrix.map}),
              FaultKind::kMisaligned, "at a multiple of 16 bytes, got 4 elements of 2");
  ExpectFault(RunKernel({},
                        [](void* const* args) {
                          if (ptx::lane() == 0) ptx::cp_async_bulk_tensor_store<2>(args[1], {0, -1}, kData);
                        },
                        {&matrix.buffer}, {&matrix.map}),
              FaultKind::kMisuse, "expected coordinates of 0 and above for a tensor store, got -1");
}

TEST(TensorCopyTest, FaultSwappedSwizzleReadsOtherValues) {
  // Not a fault of the emulator's: the values are those of other columns, as on the device.
  Matrix matrix(TensorSwizzle::k128B);
  ExpectClean(RunKernel({},
                        [](void* const* args) {
                          InitMbarrier(1);
                          if (ptx::lane() == 0) {
                            ptx::mbarrier_arrive_expect_tx(kBar, 2048);
                            ptx::cp_async_bulk_tensor_load<2>(kData, args[1], {0, 0}, kBar);
                          }
                          WaitInLoop(0);
                          const uint32_t right = kData + Matrix::Place(TensorSwizzle::k128B, 3, 0);
                          const uint32_t wrong = kData + 3 * 128;
                          EXPECT_EQ(ptx::load_shared<uint32_t>(right) & 0xffff, 3u * 80 + 1);
                          EXPECT_EQ(ptx::load_shared<uint32_t>(wrong) & 0xffff, 3u * 80 + 1 + 24);
                        },
                        {&matrix.buffer}, {&matrix.map}));
}

}  // namespace
}  // namespace raggedc::emulator
