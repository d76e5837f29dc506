//===- ConformanceCases.cpp - what device and emulator must agree on -------===//

#include <algorithm>
#include <cstring>

#include "runtime/dtype.h"
#include "runtime/strings.h"
#include "test/cases/CaseBuilder.h"
#include "test/gpu/Conformance.h"

namespace raggedc {

namespace {

using emulator::TensorFill;
using emulator::TensorSwizzle;
using emulator::TensorType;

constexpr uint64_t kShapeSeed = 42;
constexpr int kTensorCases = 160;
constexpr int kProductCases = 24;  // of each kernel
// As in conformance_kernels.cuh.
constexpr uint32_t kRegion = 32768, kImage = 131072, kBlock = 128;
constexpr uint32_t kHalfImage = kImage / 2;  // b lies behind it
constexpr uint8_t kUntouched = 0x11;

enum class Operand { kBf16, kF16, kTf32 };

struct Product {
  const char* kernel;
  Operand type;
  uint32_t n;
  bool isTransposedA, isTransposedB, isShared;
};
constexpr Product kProducts[] = {
    {"product_0", Operand::kBf16, 16, false, false, true},  {"product_1", Operand::kBf16, 72, false, true, true},
    {"product_2", Operand::kBf16, 64, true, false, true},   {"product_3", Operand::kF16, 64, true, true, true},
    {"product_4", Operand::kF16, 128, true, true, true},    {"product_5", Operand::kTf32, 40, false, false, true},
    {"product_6", Operand::kTf32, 64, false, false, true},  {"product_7", Operand::kBf16, 64, false, false, false},
    {"product_8", Operand::kF16, 208, false, true, false},  {"product_9", Operand::kTf32, 24, false, false, false},
    {"product_10", Operand::kBf16, 256, false, true, true}, {"product_11", Operand::kBf16, 256, true, false, true},
};

class ConformanceBuilder {
 public:
  explicit ConformanceBuilder(uint64_t seed) : shapes(kShapeSeed), data(seed) {}

  std::vector<ConformanceCase> build() {
    for (int i = 0; i < kTensorCases; ++i) addTensorCopy(i);
    for (uint32_t type = 0; type <= static_cast<uint32_t>(TensorType::kTfloat32Ftz); ++type)
      addTensorValues(static_cast<TensorType>(type));
    for (const char* kernel : {"bulk_copies", "mbarrier_phases", "matrix_stores", "cluster_copies"}) {
      ConformanceCase& test = add(kernel, kernel);
      test.in = drawBytes(4096);
      // Phases add to these numbers, which must leave room for what the tests of parity say.
      if (test.kernel == "mbarrier_phases") std::fill(test.in.begin(), test.in.end(), uint8_t{3});
      const bool isCluster = test.kernel == "cluster_copies";
      test.out.assign(isCluster ? 2 * 65536 : test.kernel == "matrix_stores" ? kRegion : 4096, kUntouched);
    }
    for (const Product& product : kProducts)
      for (int i = 0; i < kProductCases; ++i) addProduct(product, i);
    return std::move(cases);
  }

 private:
  uint32_t drawShape(uint32_t from, uint32_t to) {
    return from + static_cast<uint32_t>(shapes.below(int64_t{to} - from + 1));
  }

  std::vector<uint8_t> drawBytes(size_t bytes) {
    std::vector<uint8_t> drawn(bytes);
    for (uint8_t& byte : drawn) byte = static_cast<uint8_t>(data.next());
    return drawn;
  }

  ConformanceCase& add(const std::string& kernel, const std::string& label) {
    ConformanceCase& test = cases.emplace_back();
    test.kernel = kernel;
    test.label = StrCat("conformance ", label);
    test.parameters.resize(16);
    return test;
  }

  /// A box of up to five dimensions, often across the edges of its tensor, there and back.
  void addTensorCopy(int index) {
    static constexpr struct {
      TensorType type;
      uint32_t bytes;
    } kTypes[] = {{TensorType::kBfloat16, 2},
                  {TensorType::kFloat16, 2},
                  {TensorType::kFloat32, 4},
                  {TensorType::kUint8, 1},
                  {TensorType::kTfloat32, 4}};
    const auto [type, element] = shapes.pick(kTypes);
    MapSpec map;
    map.type = type;
    map.rank = drawShape(1, 5);
    map.swizzle = static_cast<TensorSwizzle>(index % 4);
    map.fill = element == 1 || index % 5 != 0 ? TensorFill::kZeros : TensorFill::kNan;
    // Rows may be narrower than the swizzle.
    const uint32_t width = index % 4 == 0 ? 128 : 16u << (index % 4);
    const uint32_t row = drawShape(0, 2) == 0 || index % 4 == 0 ? 16 * drawShape(1, width / 16) : width;
    const uint32_t pitch = index % 4 == 0 ? row : width;
    map.box.fill(1);
    map.elementStrides.fill(1);
    map.box[0] = row / element;
    map.sizes[0] = drawShape(1, 2 * map.box[0]);
    uint32_t rows = 1;
    std::array<int, 5> corner = {};
    corner[0] = index % 3 == 0 ? 0 : (static_cast<int>(drawShape(0, 7)) - 3) * 16 / static_cast<int>(element);
    uint64_t stride = (map.sizes[0] * element + 15) / 16 * 16 + 16 * drawShape(0, 2);
    for (uint32_t d = 1; d < map.rank; ++d) {
      const uint32_t left = (kRegion - 4096) / pitch / rows;
      map.box[d] = drawShape(1, std::max(1u, std::min(d == 1 ? 32u : 4u, left)));
      map.elementStrides[d] = drawShape(0, 5) == 0 ? 2 : 1;
      rows *= (map.box[d] + map.elementStrides[d] - 1) / map.elementStrides[d];
      map.sizes[d] = drawShape(1, d == 1 ? 40 : 5);
      map.strides[d - 1] = stride;
      stride = stride * map.sizes[d] + 16 * drawShape(0, 1);
      corner[d] = static_cast<int>(drawShape(0, static_cast<uint32_t>(map.sizes[d]) + 3)) - 3;
    }
    uint32_t to = 128 * drawShape(0, (kRegion - pitch * rows) / 128);
    if (index % 2 != 0) to = to / 1024 * 1024;

    for (const bool isStore : {false, true}) {
      ConformanceCase& test = add(isStore ? "tensor_store" : "tensor_load",
                                  StrCat(isStore ? "tensor store " : "tensor load ", index, ": rank ", map.rank,
                                         ", swizzle ", index % 4 == 0 ? 0 : width, ", rows of ", row, " bytes"));
      test.map = map;
      test.map->isOfOut = isStore;
      test.parameters[0] = map.rank;
      // Stores may not begin below 0.
      for (size_t d = 0; d < 5; ++d)
        test.parameters[1 + d] = static_cast<uint32_t>(isStore ? std::max(corner[d], 0) : corner[d]);
      test.parameters[6] = to;
      test.parameters[7] = row * rows;
      if (isStore) {
        test.in.resize(16);
        test.out.assign(stride, kUntouched);
      } else {
        test.in = drawBytes(stride);
        test.out.assign(kBlock * 4 + kRegion, kUntouched);
      }
    }
  }

  /// Values of a type that a copy may round, flush or fill with: a box across the right and the lower edge.
  void addTensorValues(TensorType type) {
    static constexpr uint32_t kBytes[] = {1, 2, 4, 4, 8, 8, 2, 4, 8, 2, 4, 4, 4};
    static constexpr uint32_t kRows = 24, kPitch = 128;
    // Floats of 32 bits: zeros and denormals, ties at 10 bits of mantissa, what rounds to infinity, NaN of each kind.
    static constexpr uint32_t kWords[] = {
        0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x007fffff, 0x807fffff, 0x00000fff, 0x00001000, 0x00001001,
        0x00003000, 0x007ff000, 0x00800000, 0x80801000, 0x3f800fff, 0x3f801000, 0x3f801001, 0x3f803000, 0xbf802fff,
        0xbf803000, 0x3fffffff, 0x7f7fefff, 0x7f7ff000, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7f800001,
        0x7f801fff, 0x7fbff000, 0x7fc00000, 0xffc01000, 0x7fffffff, 0xffffffff,
    };
    const uint32_t element = kBytes[static_cast<uint32_t>(type)];
    const bool isFloat = type >= TensorType::kFloat16;
    MapSpec map;
    map.type = type;
    map.rank = 2;
    map.sizes = {kPitch / element - 1, kRows};
    map.strides = {kPitch};
    map.box = {kPitch / element, kRows + 8};
    map.elementStrides = {1, 1};
    enum class Form { kLoad, kLoadWithNan, kStore };
    for (const Form form : {Form::kLoad, Form::kLoadWithNan, Form::kStore}) {
      if (form == Form::kLoadWithNan && !isFloat) continue;
      const bool isStore = form == Form::kStore;
      map.fill = form == Form::kLoadWithNan ? TensorFill::kNan : TensorFill::kZeros;
      map.isOfOut = isStore;
      ConformanceCase& test =
          add(isStore ? "tensor_store" : "tensor_load",
              StrCat(isStore ? "tensor store" : "tensor load", " of type ", static_cast<uint32_t>(type),
                     form == Form::kLoadWithNan ? ", filled with NaN" : ""));
      test.map = map;
      test.parameters[0] = map.rank;
      test.parameters[7] = kPitch * map.box[1];
      test.in = drawBytes(kRows * kPitch);
      std::memcpy(test.in.data(), kWords, sizeof kWords);
      test.out.assign(isStore ? kRows * kPitch : kBlock * 4 + kRegion, kUntouched);
    }
  }

  /// A descriptor of an operand that lies in half of the image, with all strides that fit.
  uint64_t drawDescriptor(bool isTransposed, uint32_t rows, uint32_t area) {
    const uint32_t swizzle = drawShape(0, 3);
    const uint32_t chunks = swizzle == 0 ? 1 : swizzle == 1 ? 8 : swizzle == 2 ? 4 : 2;  // 16 bytes each
    const uint32_t unit = swizzle == 0 ? 16 : chunks * 128;
    uint32_t leading = unit * drawShape(1, swizzle == 0 ? 200 : 6);
    uint32_t stride = unit * drawShape(1, swizzle == 0 ? 200 : 3);
    uint32_t start = swizzle == 0 ? 16 * drawShape(0, 30) : 1024 * drawShape(0, 2);
    // A step along k.
    if (!isTransposed && chunks >= 4) start += 32 * drawShape(0, chunks / 2 - 1);
    const auto getExtent = [&] {
      if (!isTransposed) return rows / 8 * stride + 128 * chunks + (swizzle == 0 ? leading : 0);
      return swizzle == 0 ? rows / 8 * stride + leading + 256 : (rows / 8 / chunks + 1) * leading + 2 * stride + 1024;
    };
    while (start + getExtent() > kHalfImage - 4096) {
      uint32_t& larger = stride > leading || !isTransposed ? stride : leading;
      if (larger <= unit) break;
      larger -= unit;
    }
    return uint64_t{(area + start) >> 4} | uint64_t{leading >> 4} << 16 | uint64_t{stride >> 4} << 32 |
           uint64_t{swizzle} << 62;
  }

  /// Small whole numbers, whose sums are exact in any order.
  void fillWithNumbers(Operand type, uint8_t* to, size_t bytes) {
    const size_t size = type == Operand::kTf32 ? 4 : 2;
    for (size_t i = 0; i < bytes; i += size) {
      const auto value = static_cast<float>(data.below(9) - 4);
      const uint16_t half = type == Operand::kBf16 ? Bf16FromFloat(value) : F16FromFloat(value);
      std::memcpy(to + i, size == 4 ? static_cast<const void*>(&value) : &half, size);
    }
  }

  void addProduct(const Product& product, int index) {
    ConformanceCase& test = add(product.kernel, StrCat(product.kernel, " ", index));
    test.in.resize(kImage);
    fillWithNumbers(product.type, test.in.data(), kImage);
    const uint64_t a = product.isShared ? drawDescriptor(product.isTransposedA, 64, 0) : 0;
    const uint64_t b = drawDescriptor(product.isTransposedB, product.n, kHalfImage);
    test.parameters.resize(4 + kBlock * 4);
    fillWithNumbers(product.type, reinterpret_cast<uint8_t*>(&test.parameters[4]), kBlock * 16);
    std::memcpy(test.parameters.data(), &a, 8);
    std::memcpy(test.parameters.data() + 2, &b, 8);
    test.out.assign(size_t{kBlock} * product.n * 2, kUntouched);
  }

  Random shapes, data;
  std::vector<ConformanceCase> cases;
};

}  // namespace

std::vector<ConformanceKernel> getConformanceKernels() {
  std::vector<ConformanceKernel> kernels;
  for (const char* name : {"tensor_load", "tensor_store", "bulk_copies", "mbarrier_phases", "matrix_stores"})
    kernels.push_back({name, 1, kRegion + 1024});
  kernels.push_back({"cluster_copies", 2, kRegion + 1024});
  for (const Product& product : kProducts) kernels.push_back({product.kernel, 1, kImage});
  return kernels;
}

std::string describe(const ConformanceCase& test) {
  if (!test.map) return "";
  const MapSpec& map = *test.map;
  const auto list = [](const auto& numbers, size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) text += StrCat(i == 0 ? "" : " x ", numbers[i]);
    return text;
  };
  std::array<int32_t, 5> corner = {};
  for (size_t d = 0; d < map.rank; ++d) corner[d] = static_cast<int32_t>(test.parameters[1 + d]);
  return StrCat("type ", static_cast<uint32_t>(map.type), ", sizes ", list(map.sizes, map.rank), ", strides ",
                list(map.strides, map.rank - 1), ", box ", list(map.box, map.rank), ", element strides ",
                list(map.elementStrides, map.rank), ", at ", list(corner, map.rank), ", swizzle ",
                static_cast<uint32_t>(map.swizzle), ", fill ", static_cast<uint32_t>(map.fill), ", shared offset ",
                test.parameters[6]);
}

std::vector<ConformanceCase> makeConformanceCases(uint64_t seed) {
  return ConformanceBuilder(seed).build();
}

}  // namespace raggedc
