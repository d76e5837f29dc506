//===- GpuCases.cpp - what runs on a GPU -----------------------------------===//

#include <algorithm>

#include "runtime/strings.h"
#include "test/cases/CaseBuilder.h"

namespace raggedc {

namespace {

/// Every how many cases of the full list one is quick.
constexpr size_t kQuickStep = 9;

class GpuCaseBuilder : public CaseBuilder {
 public:
  explicit GpuCaseBuilder(uint64_t seed) : CaseBuilder(seed, ~seed) {}

  std::vector<KernelCase> build() {
    addHeadDims();
    addOptions();
    addSchedules();
    addLatency();
    addLatencyGroups(
        [this](const char* family, const char* dtype, int64_t heads, int64_t dim, int64_t capacity,
               const std::string& options) -> KernelCase& {
          return addAttention(family, dtype, heads, dim, capacity, options);
        },
        {40, 100, 197, 224, 577, 1100}, {1, 16, 63, 64, 65, 129, 192, 208, 256, 577, 2304, 4096});
    for (int64_t capacity : {197, 577, 1024}) addAttention("latency/warpgroup", "bf16", 12, 64, capacity, "", 4);
    addWarpgroupFamilies(
        [this](const char* family, const char* dtype, int64_t heads, int64_t dim, int64_t capacity,
               const std::string& options) -> KernelCase& {
          return addAttention(family, dtype, heads, dim, capacity, options);
        },
        {40, 100, 197, 224}, {1, 16, 63, 64, 65, 129, 192, 208, 223, 256}, 224);
    addRing(
        [this](const char* family, const char* dtype, int64_t heads, int64_t dim, int64_t capacity,
               const std::string& options) -> KernelCase& {
          return addAttention(family, dtype, heads, dim, capacity, options);
        },
        {1, 16, 48, 49, 64, 65, 112, 113, 128, 150, 197, 208, 209, 256, 289, 300, 400, 577, 1100, 2304});
    addKeptTiles();
    addStrides();
    addEdges();
    for (const char* dtype : kDtypes) {
      for (const char* shape : {"197x768", "1x16", "33x3x2x6", "64x2", "577x3x6x64", "1025x8"})
        addPack(dtype, shape, {0, 1, 7});
      // With a capacity below the positions too.
      for (int64_t capacity : {40, 197}) addBlock(dtype, 197, 3, 64, capacity, {0, 1, 7});
    }
    return std::move(cases);
  }

 private:
  /// Every family, element type and head dimension, with a random capacity and random options.
  void addHeadDims() {
    for (const char* family : {"auto", "warp", "single", "online", "latency"})
      for (const char* dtype : kDtypes)
        for (int64_t dim = 16; dim <= 256; dim += 8) {
          int64_t heads = 1 + shapes.below(5);
          std::string options;
          switch (shapes.below(6)) {
            case 0:
              options = ",causal";
              break;
            case 1:
              options = ",packed";
              break;
            case 2:
              heads = 2 * heads;
              options = StrCat(",kv_heads=", heads / 2);
              break;
            case 3:
              options = StrCat(",dim_v=", 16 + 8 * shapes.below(31));
              break;
          }
          addAttention(family, dtype, heads, dim, drawCapacity(family), options);
        }
  }

  /// Each option and pairs of them.
  void addOptions() {
    for (const char* family : kFamilies)
      for (const char* dtype : kDtypes)
        for (int64_t dim : {32, 64, 80, 128})
          for (const char* options : {",causal", ",packed", ",packed,causal", ",kv_heads=1", ",kv_heads=2,causal",
                                      ",dim_v=48", ",kv_heads=2,dim_v=96", ",scale=0.5"})
            addAttention(family, dtype, 4, dim, drawCapacity(family), options);
  }

  /// What is chosen for sizes that people run, and for few sequences.
  void addSchedules() {
    for (int64_t capacity : {1, 7, 16, 17, 40, 48, 64, 100, 128, 197, 256, 400, 577, 1100})
      for (int64_t batch : {0, 1, 4})
        for (const char* options : {"", ",causal"})
          addAttention("auto", shapes.pick(kDtypes), 12, 64, capacity, options, batch);
  }

  /// Rows and ways of the family latency, with short sequences and whole ones; few enough keys for one tile and more.
  void addLatency() {
    for (const char* dtype : kDtypes)
      for (int64_t rows : {16, 32, 64})
        for (int64_t ways : {2, 3, 4, 8})
          for (int64_t capacity : {40, 130, 197, 577}) {
            if (ways * rows > 16 * 16 || capacity > 64 * ways || (dtype == kDtypes[2] && capacity > 200)) continue;
            KernelCase& test = addAttention("latency", dtype, 3, 64, capacity,
                                            StrCat(",block_m=", rows, shapes.below(3) == 0 ? ",causal" : ""), 6);
            test.warps = ways * rows / 16;
          }
    for (int64_t rows : {16, 64})
      addAttention("latency", "bf16", 12, 64, 577, StrCat(",block_m=", rows), 3).warps = rows / 4;
  }

  /// The family ring with slots for all tiles of a head, and more heads than there are multiprocessors: of nearly equal
  /// lengths, so that tiles stay, and of one that is longer than all others.
  void addKeptTiles() {
    struct {
      const char* dtype;
      int64_t capacity, blockN;
      const char* options;
    } const kept[] = {{"bf16", 261, 64, ""}, {"bf16", 257, 80, ",scale=8"}, {"bf16", 577, 96, ""},
                      {"f16", 330, 64, ""},  {"bf16", 512, 64, ""},         {"bf16", 264, 64, ",kv_heads=6"}};
    for (const auto& shape : kept)
      for (bool isEven : {true, false}) {
        KernelCase& test = addAttention("ring/warpgroup", shape.dtype, 12, 64, shape.capacity,
                                        StrCat(",block_n=", shape.blockN, shape.options), 15);
        test.rowsPerBlock = 192;
        const int64_t whole = shape.capacity / 64 * 64;
        test.lengths = {shape.capacity, shape.capacity + 3, whole};
        while (int64_t(test.lengths.size()) < test.batch)
          test.lengths.push_back(isEven ? whole - 64 * inputs.below(2) + inputs.below(10) : inputs.below(40));
      }
  }

  /// Views into wider tensors: the gaps must stay what they were.
  void addStrides() {
    for (const char* family : kFamilies)
      for (const char* dtype : kDtypes) {
        addAttention(family, dtype, 3, 64, drawCapacity(family),
                     ",q_strides=640x64,k_strides=320x104,v_strides=192x64,out_strides=256x72");
        addAttention(family, dtype, 2, 32, drawCapacity(family), ",packed,qkv_strides=256x80x40");
      }
  }

  /// Batches of nothing, of empty sequences, of one row, and sequences that are too long.
  void addEdges() {
    for (const char* family : kFamilies)
      for (const char* dtype : kDtypes) {
        const int64_t capacity = 40;
        for (const std::vector<int64_t>& lengths : edgeLengths(capacity))
          addAttention(family, dtype, 3, 64, capacity, "").lengths = lengths;
        addAttention(family, dtype, 3, 64, capacity, ",causal")
            .lengths.push_back(capacity + 1 + inputs.below(capacity));
      }
  }

  KernelCase& addAttention(const std::string& family, const std::string& dtype, int64_t heads, int64_t dim,
                           int64_t capacity, const std::string& options, int64_t batch = 0) {
    KernelCase& test = add(StrCat(dtype, ",heads=", heads, ",dim=", dim, ",max_seqlen=", capacity, options),
                           drawLengths(capacity, batch > 0 ? batch : 4 + inputs.below(5)));
    test.family = family;
    test.batch = batch;
    addRowsAround(test);
    return test;
  }

  int64_t drawCapacity(const std::string& family) {
    static constexpr int64_t warp[] = {16, 31, 40, 48}, single[] = {33, 64, 100, 197}, online[] = {33, 100, 197, 300};
    return family == "warp" ? shapes.pick(warp) : family == "online" ? shapes.pick(online) : shapes.pick(single);
  }
};

}  // namespace

std::vector<KernelCase> makeGpuCases(uint64_t seed, bool quick) {
  std::vector<KernelCase> all = GpuCaseBuilder(seed).build();
  if (!quick) return all;
  std::vector<KernelCase> some;
  for (size_t i = 0; i < all.size(); i += kQuickStep) some.push_back(std::move(all[i]));
  return some;
}

}  // namespace raggedc
