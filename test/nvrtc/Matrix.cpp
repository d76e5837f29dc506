//===- Matrix.cpp - the kernels that must compile --------------------------===//
//
// On the main architecture every family, element type and head dimension; on
// the others a sample of head dimensions. Options (causal, grouped queries,
// packed operands, another head dimension of v, a small batch) are sampled on
// all. Capacities are small where only the head dimension is on trial: a
// single-pass kernel is unrolled over its capacity, and time goes into that. The
// free choice is made at a real capacity for every head dimension.
//
//===----------------------------------------------------------------------===//

#include "test/nvrtc/Matrix.h"

#include <algorithm>

#include "runtime/strings.h"
#include "test/cases/Cases.h"

namespace raggedc {

namespace {

constexpr const char* kMainArch = "sm_90a";
constexpr const char* kOtherArchs[] = {"sm_80", "sm_86", "sm_89", "sm_100a", "sm_120a"};
constexpr const char* kDtypes[] = {"bf16", "f16", "f32"};
constexpr int64_t kSampledDims[] = {16, 40, 64, 72, 128, 256};

struct Family {
  const char* name;
  int64_t capacity;  ///< where only the head dimension is on trial
  int64_t capacityOfWide;

  int64_t capacityFor(int64_t dim) const { return dim > 128 ? capacityOfWide : capacity; }
};
constexpr Family kFamilies[] = {{"warp", 48, 32}, {"single", 80, 48}, {"online", 197, 197}, {"latency", 64, 48}};

class MatrixBuilder {
 public:
  std::vector<Case> build() {
    for (const char* dtype : kDtypes) {
      for (int64_t dim = 16; dim <= 256; dim += 8)
        for (const Family& family : kFamilies)
          addAttention(kMainArch, family.name, dtype, dim, family.capacityFor(dim), "");
      for (const char* arch : kOtherArchs)
        for (int64_t dim : kSampledDims)
          for (const Family& family : kFamilies)
            addAttention(arch, family.name, dtype, dim, family.capacityFor(dim), "");
    }
    for (const char* dtype : {"bf16", "f16"}) {
      for (int64_t dim : {16, 32, 64, 72, 128})
        for (int64_t capacity : {17, 64, 100, 208, 224, 300}) {
          if (capacity <= 224) addAttention(kMainArch, "single/warpgroup", dtype, dim, capacity, "");
          addAttention(kMainArch, "online/warpgroup", dtype, dim, capacity, ",causal,packed");
        }
      for (const char* options : {",dim_v=72", ",dim_v=128,causal", ",dim_v=256", ",heads=8,kv_heads=2,dim_v=40"})
        for (int64_t dim : {64, 72, 80, 128}) addAttention(kMainArch, "online/warpgroup", dtype, dim, 197, options);
    }
    for (int64_t dim = 24; dim <= 256; dim += 8) {
      const bool odd = dim % 16 != 0;
      addAttention(kMainArch, "single/warpgroup", odd ? "bf16" : "f16", dim, dim > 128 ? 48 : 197, ",packed");
      addAttention(kMainArch, "online/warpgroup", odd ? "f16" : "bf16", dim, 577, "");
    }
    for (int64_t dim = 16; dim <= 192; dim += 8)
      for (const char* dtype : {"bf16", "f16"})
        addAttention(kMainArch, "latency/warpgroup", dtype, dim, 577, dim % 16 == 0 ? "" : ",packed,causal");
    for (int64_t capacity : {17, 64, 197, 300, 1024, 4096})
      for (int64_t blockN : {16, 32, 48, 64, 96, 128})
        addAttention(kMainArch, "latency/warpgroup", blockN == 64 ? "f16" : "bf16", 64, capacity,
                     StrCat(",block_m=", blockN == 48 && capacity > 64 ? 128 : 64, ",block_n=", blockN), 4);
    for (const char* options : {",dim_v=72", ",dim_v=128,causal", ",heads=8,kv_heads=2,dim_v=40"})
      addAttention(kMainArch, "latency/warpgroup", "bf16", 64, 577, options, 1);
    for (int64_t capacity : {16, 40, 64, 100, 128, 150, 197, 256, 300, 577, 2304}) {
      addAttention(kMainArch, "ring/warpgroup", "bf16", 64, capacity, "");
      addAttention(kMainArch, "ring/warpgroup", "f16", 64, capacity, ",packed", 64);
    }
    for (int64_t dim : {16, 24, 32, 40, 48, 56})
      for (int64_t capacity : {197, 577}) addAttention(kMainArch, "ring/warpgroup", "bf16", dim, capacity, "");
    for (int64_t blockN : {32, 64, 80, 112})
      for (int64_t capacity : {197, blockN <= 96 ? 577 : 250})
        addAttention(kMainArch, "ring/warpgroup", "bf16", 64, capacity, StrCat(",block_n=", blockN));
    // Each chunk that fits the registers, with a tail of its width, a wider one, and a narrower one.
    for (int64_t dim : {32, 56, 64, 72, 80, 88, 96, 104, 112, 120, 128})
      for (int64_t warps : {16, 12})
        for (int64_t blockN : {48, 64, 80, 96, 112, 128, 160, 192})
          if (warps == 16 ? blockN <= 128 : blockN % 32 == 0) {
            const int64_t beyond[] = {0, 1, 20};
            const int64_t capacity = 4 * blockN + beyond[cases.size() % 3];
            addAttention(kMainArch, "ring/warpgroup", "bf16", dim, capacity, StrCat(",block_n=", blockN));
            cases.back().warps = warps;
          }
    addOptions(kMainArch);
    for (const char* arch : kOtherArchs) addOptions(arch);
    addRealShapes();
    return std::move(cases);
  }

 private:
  void addAttention(const std::string& arch, const std::string& family, const std::string& dtype, int64_t dim,
                    int64_t capacity, const std::string& more, int64_t batch = 0) {
    std::string heads = more.find(",heads=") != std::string::npos ? "" : ",heads=3";
    cases.push_back({family, arch, StrCat(dtype, heads, ",dim=", dim, ",max_seqlen=", capacity, more), "", batch});
  }

  /// What changes a kernel beside its sizes, once per family and architecture.
  void addOptions(const std::string& arch) {
    for (const Family& family : kFamilies) {
      addAttention(arch, family.name, "bf16", 64, family.capacity, ",causal");
      addAttention(arch, family.name, "f16", 80, family.capacity, ",heads=8,kv_heads=2");
      addAttention(arch, family.name, "bf16", 64, family.capacity, ",packed");
      addAttention(arch, family.name, "f16", 48, family.capacity, ",dim_v=96,causal");
      addAttention(arch, family.name, "f32", 96, family.capacity, ",dim_v=32,heads=4,kv_heads=1");
    }
    for (const char* dtype : {"bf16", "f32"}) {
      cases.push_back({"pack", arch, "", packText(dtype, "197x768"), 0});
      cases.push_back({"unpack", arch, "", unpackText(dtype, "197x768"), 0});
    }
    cases.push_back({"pack", arch, "", packText("f16", "33x3x2x6"), 0});
    cases.push_back({"unpack", arch, "", unpackText("f16", "33x3x2x6"), 0});
  }

  /// What the schedule picks by itself for shapes that people run.
  void addRealShapes() {
    for (const char* arch : {"sm_80", "sm_86", "sm_89", kMainArch, "sm_100a", "sm_120a"})
      for (int64_t capacity : {1, 16, 40, 100, 197, 577, 2048})
        for (int64_t batch : {0, 1, 4}) addAttention(arch, "auto", "bf16", 64, capacity, ",heads=12", batch);
    for (int64_t dim = 16; dim <= 256; dim += 8)
      for (const char* dtype : kDtypes) addAttention(kMainArch, "auto", dtype, dim, 197, "");
    // Wide rows where shared memory is small, and rows at several distances where registers are just enough.
    for (const char* arch : {"sm_86", "sm_120a"})
      for (int64_t dim : {104, 176, 240, 256}) {
        addAttention(arch, "auto", "f32", dim, 100, "");
        addAttention(arch, "auto", "f32", dim, 1024, ",dim_v=208,causal");
      }
    for (int64_t dim : {136, 160, 192, 256}) {
      addAttention(kMainArch, "auto", "bf16", dim, 49, ",packed");
      addAttention(kMainArch, "auto", "bf16", dim, 49, StrCat(",heads=4,q_strides=", 12 * dim, "x", dim));
      addAttention(kMainArch, "auto", "bf16", dim, 49, ",heads=4,kv_heads=1");
    }
  }

  static std::string packText(const std::string& dtype, const std::string& shape) {
    std::string row = shape.substr(shape.find('x') + 1), positions = shape.substr(0, shape.find('x'));
    std::string x = StrCat("tensor<?x", shape, "x", dtype, ">"), keep = StrCat("tensor<?x", positions, "xi1>");
    std::string rows = StrCat("tensor<?x", row, "x", dtype, ">, tensor<?xi32>, tensor<?xi32>");
    return StrCat("func.func @pack(%x: ", x, ", %keep: ", keep, ") -> (", rows, ") {\n",
                  "  %rows, %offsets, %indices = ragged.pack %x, %keep : ", x, ", ", keep, " -> ", rows, "\n",
                  "  return %rows, %offsets, %indices : ", rows, "\n}\n");
  }

  static std::string unpackText(const std::string& dtype, const std::string& shape) {
    std::string rows = StrCat("tensor<?x", shape.substr(shape.find('x') + 1), "x", dtype, ">");
    std::string x = StrCat("tensor<?x", shape, "x", dtype, ">");
    return StrCat("func.func @unpack(%rows: ", rows, ", %indices: tensor<?xi32>, %offsets: tensor<?xi32>) -> ", x,
                  " {\n  %x = ragged.unpack %rows, %indices, %offsets : ", rows, ", tensor<?xi32>, tensor<?xi32> -> ",
                  x, "\n  return %x : ", x, "\n}\n");
  }

  std::vector<Case> cases;
};

}  // namespace

std::string Case::reproduce() const {
  std::string options = StrCat(" --arch ", arch, " --emit cubin -o /dev/null");
  if (spec.empty()) return StrCat("raggedc compile -", options, " <<'END'\n", text, "END");
  return StrCat(
      "raggedc compile --spec ", spec,
      family == "auto" ? "" : StrCat(" --family ", FamilyRequest(family).family, " --mma ", FamilyRequest(family).mma),
      batch > 0 ? StrCat(" --batch ", batch) : "", warps > 0 ? StrCat(" --warps ", warps) : "", options);
}

std::vector<Case> makeMatrix() {
  return MatrixBuilder().build();
}

}  // namespace raggedc
