//===- Cases.cpp - what the GPU tests run ----------------------------------===//

#include "test/gpu/Cases.h"

#include <iterator>

#include "runtime/strings.h"

namespace raggedc {

namespace {

constexpr const char* kDtypes[] = {"bf16", "f16", "f32"};
/// Every how many cases of the full list one is quick.
constexpr size_t kQuickStep = 9;

/// SplitMix64: the same numbers on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state(seed) {}
  uint64_t next() {
    uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  int64_t below(int64_t limit) { return static_cast<int64_t>(next() % static_cast<uint64_t>(limit)); }
  template <typename T, size_t N>
  T pick(const T (&values)[N]) {
    return values[below(N)];
  }

 private:
  uint64_t state;
};

std::string formatLengths(const std::vector<int64_t>& lengths) {
  std::string text;
  for (size_t i = 0; i < lengths.size(); ++i) text += StrCat(i ? "," : "", lengths[i]);
  return text;
}

class CaseBuilder {
 public:
  explicit CaseBuilder(uint64_t seed) : random(seed) {}

  std::vector<GpuCase> build() {
    addHeadDims();
    addOptions();
    addSchedules();
    addStrides();
    addEdges();
    addPack();
    addBlocks();
    return std::move(cases);
  }

 private:
  /// Every family, element type and head dimension, with a random capacity and random options.
  void addHeadDims() {
    for (const char* family : {"auto", "warp", "single", "online"})
      for (const char* dtype : kDtypes)
        for (int64_t dim = 16; dim <= 256; dim += 8) {
          int64_t heads = 1 + random.below(5);
          std::string options;
          switch (random.below(6)) {
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
              options = StrCat(",dim_v=", 16 + 8 * random.below(31));
              break;
          }
          addAttention(family, dtype, heads, dim, drawCapacity(family), options);
        }
  }

  /// Each option and pairs of them.
  void addOptions() {
    for (const char* family : {"warp", "single", "online"})
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
          addAttention("auto", random.pick(kDtypes), 12, 64, capacity, options, batch);
  }

  /// Views into wider tensors: the gaps must stay what they were.
  void addStrides() {
    for (const char* family : {"warp", "single", "online"})
      for (const char* dtype : kDtypes) {
        addAttention(family, dtype, 3, 64, drawCapacity(family),
                     ",q_strides=640x64,k_strides=320x104,v_strides=192x64,out_strides=256x72");
        addAttention(family, dtype, 2, 32, drawCapacity(family), ",packed,qkv_strides=256x80x40");
      }
  }

  /// Batches of nothing, of empty sequences, of one row, and sequences that are too long.
  void addEdges() {
    for (const char* family : {"warp", "single", "online"})
      for (const char* dtype : kDtypes) {
        const int64_t capacity = 40;
        for (std::vector<int64_t> lengths : {std::vector<int64_t>{},
                                             {0},
                                             {0, 0, 0},
                                             {1},
                                             {capacity},
                                             {capacity + 1},
                                             {3 * capacity, 0, capacity},
                                             {capacity + 7, capacity + 100, 1, 2 * capacity}})
          addAttention(family, dtype, 3, 64, capacity, "", 0, &lengths);
        addAttention(family, dtype, 3, 64, capacity, ",causal", 0, nullptr, /*tooLong=*/true);
      }
  }

  void addPack() {
    for (const char* dtype : kDtypes)
      for (const char* shape : {"197x768", "1x16", "33x3x2x6", "64x2", "577x3x6x64", "1025x8"}) {
        std::string text = shape;
        int64_t positions = *ParseInt(text.substr(0, text.find('x')));
        std::string row = text.substr(text.find('x') + 1);
        addText(StrCat("pack ", dtype, " ", shape), packText(dtype, positions, row), positions);
        addText(StrCat("unpack ", dtype, " ", shape), unpackText(dtype, positions, row), positions);
        addText(StrCat("pack and unpack ", dtype, " ", shape), roundTripText(dtype, positions, row), positions);
      }
  }

  /// Pack, attend, unpack; with a capacity below the positions too.
  void addBlocks() {
    for (const char* dtype : kDtypes)
      for (int64_t capacity : {40, 197})
        addText(StrCat("block ", dtype, " capacity ", capacity), blockText(dtype, 197, 3, 64, capacity), 197);
  }

  void addAttention(const std::string& family, const std::string& dtype, int64_t heads, int64_t dim, int64_t capacity,
                    const std::string& options, int64_t batch = 0, const std::vector<int64_t>* lengths = nullptr,
                    bool tooLong = false) {
    GpuCase test;
    test.spec = StrCat(dtype, ",heads=", heads, ",dim=", dim, ",max_seqlen=", capacity, options);
    test.family = family;
    test.batch = batch;
    test.lengths = lengths ? *lengths : drawLengths(capacity, batch > 0 ? batch : 4 + random.below(5));
    if (tooLong) test.lengths.push_back(capacity + 1 + random.below(capacity));
    test.rowsBefore = random.below(3) == 0 ? random.below(20) : 0;
    test.rowsBehind = random.below(2) == 0 ? random.below(20) : 0;
    test.seed = random.next() >> 1;
    cases.push_back(std::move(test));
  }

  void addText(const std::string& name, std::string text, int64_t positions) {
    for (int64_t batch : {0, 1, 7}) {
      GpuCase test;
      test.name = StrCat(name, " batch ", batch);
      test.text = text;
      test.lengths = drawLengths(positions, batch);
      test.seed = random.next() >> 1;
      cases.push_back(std::move(test));
    }
  }

  int64_t drawCapacity(const std::string& family) {
    static constexpr int64_t warp[] = {16, 31, 40, 48}, single[] = {33, 64, 100, 197}, online[] = {33, 100, 197, 300};
    return family == "warp" ? random.pick(warp) : family == "online" ? random.pick(online) : random.pick(single);
  }

  /// The empty sequence, the one of one row and the longest are among them if there is room.
  std::vector<int64_t> drawLengths(int64_t capacity, int64_t batch) {
    std::vector<int64_t> lengths;
    for (int64_t b = 0; b < batch; ++b) lengths.push_back(random.below(capacity + 1));
    if (batch >= 4)
      for (int64_t length : {int64_t(0), int64_t(1), capacity}) lengths[size_t(random.below(batch))] = length;
    return lengths;
  }

  static std::string packText(const std::string& dtype, int64_t positions, const std::string& row) {
    std::string x = StrCat("tensor<?x", positions, "x", row, "x", dtype, ">");
    std::string keep = StrCat("tensor<?x", positions, "xi1>");
    std::string results = StrCat("tensor<?x", row, "x", dtype, ">, tensor<?xi32>, tensor<?xi32>");
    return StrCat("func.func @pack(%x: ", x, ", %keep: ", keep, ") -> (", results, ") {\n",
                  "  %rows, %offsets, %indices = ragged.pack %x, %keep : ", x, ", ", keep, " -> ", results, "\n",
                  "  return %rows, %offsets, %indices : ", results, "\n}\n");
  }

  static std::string unpackText(const std::string& dtype, int64_t positions, const std::string& row) {
    std::string rows = StrCat("tensor<?x", row, "x", dtype, ">");
    std::string x = StrCat("tensor<?x", positions, "x", row, "x", dtype, ">");
    return StrCat("func.func @unpack(%rows: ", rows, ", %indices: tensor<?xi32>, %offsets: tensor<?xi32>) -> ", x,
                  " {\n  %x = ragged.unpack %rows, %indices, %offsets {fill = -1.5} : ", rows,
                  ", tensor<?xi32>, tensor<?xi32> -> ", x, "\n  return %x : ", x, "\n}\n");
  }

  static std::string roundTripText(const std::string& dtype, int64_t positions, const std::string& row) {
    std::string x = StrCat("tensor<?x", positions, "x", row, "x", dtype, ">");
    std::string keep = StrCat("tensor<?x", positions, "xi1>");
    std::string packed = StrCat("tensor<?x", row, "x", dtype, ">, tensor<?xi32>, tensor<?xi32>");
    return StrCat("func.func @round_trip(%x: ", x, ", %keep: ", keep, ") -> ", x, " {\n",
                  "  %rows, %offsets, %indices = ragged.pack %x, %keep : ", x, ", ", keep, " -> ", packed, "\n",
                  "  %out = ragged.unpack %rows, %indices, %offsets : ", packed, " -> ", x, "\n  return %out : ", x,
                  "\n}\n");
  }

  static std::string blockText(const std::string& dtype, int64_t positions, int64_t heads, int64_t dim,
                               int64_t capacity) {
    std::string in = StrCat("3x", heads, "x", dim, "x", dtype, ">"), out = StrCat(heads, "x", dim, "x", dtype, ">");
    std::string x = StrCat("tensor<?x", positions, "x", in), keep = StrCat("tensor<?x", positions, "xi1>");
    std::string result = StrCat("tensor<?x", positions, "x", out);
    const std::string lists = "tensor<?xi32>, tensor<?xi32>";
    return StrCat("func.func @block(%x: ", x, ", %keep: ", keep, ") -> ", result, " {\n",
                  "  %rows, %offsets, %indices = ragged.pack %x, %keep : ", x, ", ", keep, " -> tensor<?x", in, ", ",
                  lists, "\n  %o = ragged.attention %rows offsets(%offsets) {max_seqlen = ", capacity,
                  " : i64} : tensor<?x", in, ", tensor<?xi32> -> tensor<?x", out,
                  "\n  %out = ragged.unpack %o, %indices, %offsets : tensor<?x", out, ", ", lists, " -> ", result,
                  "\n  return %out : ", result, "\n}\n");
  }

  Random random;
  std::vector<GpuCase> cases;
};

}  // namespace

std::string GpuCase::label() const {
  return StrCat(spec.empty() ? name : spec, family == "auto" ? "" : StrCat(" --family ", family),
                batch > 0 ? StrCat(" --batch ", batch) : "");
}

std::string GpuCase::reproduce() const {
  std::vector<int64_t> all = lengths;
  // Rows that belong to no sequence become sequences, so that the other rows get the same numbers.
  if (rowsBefore > 0) all.insert(all.begin(), rowsBefore);
  if (rowsBehind > 0) all.push_back(rowsBehind);
  std::string options =
      StrCat(family == "auto" ? "" : StrCat(" --family ", family), batch > 0 ? StrCat(" --batch ", batch) : "",
             all.empty() ? "" : StrCat(" --lengths ", formatLengths(all)), " --seed ", seed, " --check");
  return spec.empty() ? StrCat("raggedc run -", options, " <<'END'\n", text, "END")
                      : StrCat("raggedc run --spec ", spec, options);
}

std::vector<GpuCase> makeGpuCases(uint64_t seed, bool quick) {
  std::vector<GpuCase> all = CaseBuilder(seed).build();
  if (!quick) return all;
  std::vector<GpuCase> some;
  for (size_t i = 0; i < all.size(); i += kQuickStep) some.push_back(std::move(all[i]));
  return some;
}

}  // namespace raggedc
