//===- EmulatorCases.cpp - what runs on the emulator -----------------------===//

#include <algorithm>

#include "runtime/strings.h"
#include "test/cases/CaseBuilder.h"

namespace raggedc {

namespace {

/// Of the shapes that are the same each time.
constexpr uint64_t kShapeSeed = 3;
constexpr int64_t kHeadDims[] = {16, 32, 40, 64, 72, 80, 96, 128, 256};
constexpr int kRandomCases = 60;
constexpr int64_t kBlocks = 3;  ///< as many as the emulator has multiprocessors

class EmulatorCaseBuilder : public CaseBuilder {
 public:
  explicit EmulatorCaseBuilder(uint64_t seed) : CaseBuilder(kShapeSeed, seed) {}

  std::vector<KernelCase> build() {
    addHeadDims();
    addOptions();
    addAskedSchedules();
    addCapacities();
    addWarpgroupFamilies(
        [this](const char* family, const char* dtype, int64_t heads, int64_t dim, int64_t capacity,
               const std::string& options) -> KernelCase& {
          return addAttention(family, dtype, heads, dim, capacity, options);
        },
        {33, 70, 100}, {1, 16, 63, 64, 65, 129}, 130);
    addPlainWeights([this](const char* family, const char* dtype, int64_t heads, int64_t dim, int64_t capacity,
                           const std::string& options) -> KernelCase& {
      return addAttention(family, dtype, heads, dim, capacity, options);
    });
    addShortRows([this](const char* family, const char* dtype, int64_t heads, int64_t dim, int64_t capacity,
                        const std::string& options) -> KernelCase& {
      return addAttention(family, dtype, heads, dim, capacity, options);
    });
    addLatency();
    addLatencyGroups(
        [this](const char* family, const char* dtype, int64_t heads, int64_t dim, int64_t capacity,
               const std::string& options) -> KernelCase& {
          return addAttention(family, dtype, heads, dim, capacity, options);
        },
        {33, 70, 100, 150}, {1, 16, 64, 65, 129, 197});
    addRing(
        [this](const char* family, const char* dtype, int64_t heads, int64_t dim, int64_t capacity,
               const std::string& options) -> KernelCase& {
          return addAttention(family, dtype, heads, dim, capacity, options);
        },
        {1, 17, 48, 49, 64, 65, 113, 150, 197, 209, 289, 300, 577});
    addKeptTiles(
        [this](const char* family, const char* dtype, int64_t heads, int64_t dim, int64_t capacity,
               const std::string& options) -> KernelCase& {
          return addAttention(family, dtype, heads, dim, capacity, options);
        },
        kBlocks);
    addStrides();
    addEdges();
    for (const char* dtype : kDtypes) {
      for (const char* shape : {"33x24", "1x16", "17x3x2x6", "64x2", "70x3x2x16", "129x8", "40x768"})
        addPack(dtype, shape, {0, 1, 5});
      // With a capacity below the positions too.
      for (int64_t capacity : {20, 45}) addBlock(dtype, 45, 2, 32, capacity, {0, 1, 5});
      addBlock(dtype, 70, 1, 72, 70, {4});
    }
    addOlderChips();
    for (int i = 0; i < kRandomCases; ++i) addRandom();
    return std::move(cases);
  }

 private:
  /// Every family, element type and head dimension, alone and with an option.
  void addHeadDims() {
    for (const char* family : {"auto", "warp", "single", "online", "latency"})
      for (const char* dtype : kDtypes)
        for (int64_t dim : kHeadDims) {
          addAttention(family, dtype, 1 + shapes.below(2), dim, 0, "");
          const char* options[] = {",causal", ",packed", ",kv_heads=1", ",packed,causal", ",kv_heads=1,causal"};
          std::string option = shapes.below(3) == 0 ? StrCat(",dim_v=", shapes.pick(kHeadDims)) : shapes.pick(options);
          addAttention(family, dtype, 2, dim, 0, option);
        }
  }

  /// Each option and pairs of them, with as many heads as the warp family takes at once and more.
  void addOptions() {
    for (const char* family : kFamilies)
      for (const char* dtype : kDtypes)
        for (const char* options : {",causal", ",packed", ",packed,causal", ",kv_heads=1", ",kv_heads=2,causal",
                                    ",dim_v=48", ",kv_heads=2,dim_v=96", ",scale=0.5", ",dim_v=24,causal"})
          addAttention(family, dtype, 4, shapes.pick({32, 64, 80}), 0, options);
  }

  /// Tiles, warps and stages that the cost model would not take.
  void addAskedSchedules() {
    for (const char* dtype : kDtypes) {
      for (int64_t warps : {1, 2, 3, 4})
        for (const char* softmax : {"single_pass", "online"})
          addAsked("warp", dtype, 5, shapes.pick({33, 40, 48}), shapes.pick({16, 32, 48}), warps, 0, softmax);
      for (int64_t warps : {1, 2, 3, 4})
        for (int64_t stages : {1, 2})
          for (const char* softmax : {"single_pass", "online"})
            addAsked("single", dtype, 1, shapes.pick({47, 70, 100}), shapes.pick({16, 32, 48, 64}), warps, stages,
                     softmax);
      for (int64_t blockN : {16, 32, 48, 64})
        for (int64_t stages : {1, 2, 3, 4})
          addAsked("online", dtype, 1, shapes.pick({70, 100, 131}), blockN, shapes.pick({1, 2, 4}), stages, "auto");
    }
  }

  /// Rows and ways, with tiles of every width that a way chooses from and, at 200, with parts of them.
  void addLatency() {
    for (const char* dtype : {"bf16", "f32"})
      for (int64_t rows : {16, 32, 64})
        for (int64_t ways : {2, 3, 4, 8})
          for (int64_t capacity : {40, 130, 200}) {
            if (ways * rows > 16 * 16 || (rows != 16 && capacity == 200)) continue;
            KernelCase& test = addAttention("latency", dtype, 1, capacity == 200 ? 16 : 32, capacity,
                                            StrCat(",block_m=", rows, shapes.below(3) == 0 ? ",causal" : ""));
            test.warps = ways * rows / 16;
            for (int64_t eighth : {1, 3, 5}) test.lengths.push_back(capacity * eighth / 8);
          }
  }

  /// What is chosen for capacities that people run, and for few sequences.
  void addCapacities() {
    for (int64_t capacity : {1, 7, 16, 17, 40, 48, 64, 100, 128, 197})
      for (int64_t batch : {0, 1})
        for (const char* options : {"", ",causal"})
          addAttention("auto", shapes.pick(kDtypes), 2, 64, capacity, options).batch = batch;
    for (const char* family : kFamilies)
      for (int64_t capacity : {1, 15, 16, 17}) addAttention(family, shapes.pick(kDtypes), 2, 48, capacity, "");
  }

  /// Views into wider tensors.
  void addStrides() {
    for (const char* family : kFamilies)
      for (const char* dtype : kDtypes) {
        addAttention(family, dtype, 2, 64, 0,
                     ",q_strides=640x64,k_strides=320x104,v_strides=192x64,out_strides=256x72");
        addAttention(family, dtype, 2, 40, 0, ",dim_v=24,q_strides=96x48,v_strides=88x56,out_strides=64x24");
        addAttention(family, dtype, 2, 32, 0, ",packed,qkv_strides=256x80x40");
      }
  }

  /// Batches of nothing, of empty sequences, of one row, and sequences that are too long.
  void addEdges() {
    for (const char* family : kFamilies)
      for (const char* dtype : kDtypes)
        for (const char* options : {"", ",causal"}) {
          const int64_t capacity = 40;
          for (const std::vector<int64_t>& lengths : edgeLengths(capacity))
            addAttention(family, dtype, 2, 64, capacity, options).lengths = lengths;
        }
  }

  void addOlderChips() {
    for (const char* family : {"auto", "warp", "single", "online", "latency"})
      for (const char* dtype : kDtypes) addAttention(family, dtype, 2, shapes.pick(kHeadDims), 0, "").arch = "sm_80";
  }

  /// Anything that is legal; never seen before.
  void addRandom() {
    const char* family = inputs.pick({"auto", "warp", "single", "online", "latency"});
    int64_t kvHeads = 1 + inputs.below(3), heads = kvHeads * (1 + inputs.below(3));
    int64_t dim = drawHeadDim(), dimV = inputs.below(3) == 0 ? drawHeadDim() : dim;
    int64_t capacity = 1 + inputs.below(std::string(family) == "warp" ? 48 : 140);
    std::string options = inputs.below(2) == 0 ? ",causal" : "";
    if (inputs.below(4) == 0) {
      kvHeads = heads;
      dimV = dim;
      options += ",packed";
      if (inputs.below(2) == 0) {
        int64_t headStride = dim + 8 * inputs.below(4), partStride = heads * headStride + 8 * inputs.below(4);
        options += StrCat(",qkv_strides=", 3 * partStride + 8 * inputs.below(4), "x", partStride, "x", headStride);
      }
    } else {
      options += StrCat(",kv_heads=", kvHeads, ",dim_v=", dimV);
      if (inputs.below(3) == 0) options += drawStrides("q", heads, dim);
      if (inputs.below(3) == 0) options += drawStrides("k", kvHeads, dim);
      if (inputs.below(3) == 0) options += drawStrides("v", kvHeads, dimV);
      if (inputs.below(3) == 0) options += drawStrides("out", heads, dimV);
    }
    if (inputs.below(4) == 0) options += StrCat(",block_n=", 16 * (1 + inputs.below(4)));
    int64_t batch = inputs.below(6);
    KernelCase& test =
        add(StrCat(inputs.pick(kDtypes), ",heads=", heads, ",dim=", dim, ",max_seqlen=", capacity, options),
            drawLengths(capacity, batch));
    test.family = family;
    if (inputs.below(3) == 0) test.batch = std::max<int64_t>(batch, 1);
    if (inputs.below(3) == 0) test.lengths.push_back(capacity + 1 + inputs.below(capacity));
    addRowsAround(test);
  }

  /// Four or five sequences; now and then one more that is too long. Capacity 0: any.
  KernelCase& addAttention(const std::string& family, const std::string& dtype, int64_t heads, int64_t dim,
                           int64_t capacity, const std::string& options) {
    if (capacity == 0) capacity = drawCapacity(family, dim);
    KernelCase& test = add(StrCat(dtype, ",heads=", heads, ",dim=", dim, ",max_seqlen=", capacity, options),
                           drawLengths(capacity, 4 + inputs.below(2)));
    test.family = family;
    if (inputs.below(3) == 0) test.lengths.push_back(capacity + 1 + inputs.below(capacity));
    addRowsAround(test);
    return test;
  }

  void addAsked(const std::string& family, const std::string& dtype, int64_t heads, int64_t capacity, int64_t blockN,
                int64_t warps, int64_t stages, const std::string& softmax) {
    const char* options[] = {"", ",causal"};
    KernelCase& test = addAttention(family, dtype, heads, shapes.pick({24, 32, 64}), capacity,
                                    StrCat(",block_n=", blockN, shapes.pick(options)));
    test.warps = warps;
    test.stages = stages;
    test.softmax = softmax;
  }

  /// Few rows, and up to three or four blocks of keys; what fits the chip whole if the family wants it so.
  int64_t drawCapacity(const std::string& family, int64_t dim) {
    if (family == "warp") return shapes.pick({16, 31, 40, 48});
    return family == "single" && dim > 128 ? shapes.pick({17, 33, 48}) : shapes.pick({33, 64, 70, 100});
  }

  int64_t drawHeadDim() {
    // The cost is in wide ones.
    return 16 + 8 * inputs.below(inputs.below(3) == 0 ? 31 : 15);
  }

  std::string drawStrides(const std::string& operand, int64_t heads, int64_t dim) {
    int64_t headStride = dim + 8 * inputs.below(4);
    return StrCat(",", operand, "_strides=", heads * headStride + 8 * inputs.below(8), "x", headStride);
  }
};

}  // namespace

std::vector<KernelCase> makeEmulatorCases(uint64_t seed) {
  std::vector<KernelCase> cases = EmulatorCaseBuilder(seed).build();
  std::sort(cases.begin(), cases.end(), [](const KernelCase& a, const KernelCase& b) { return a.label() < b.label(); });
  return cases;
}

}  // namespace raggedc
