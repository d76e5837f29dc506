//===- CaseBuilder.cpp - drawing cases and writing programs ----------------===//

#include "test/cases/CaseBuilder.h"

#include <iterator>

#include "runtime/strings.h"

namespace raggedc {

std::string packText(const std::string& dtype, int64_t positions, const std::string& row) {
  std::string x = StrCat("tensor<?x", positions, "x", row, "x", dtype, ">");
  std::string keep = StrCat("tensor<?x", positions, "xi1>");
  std::string results = StrCat("tensor<?x", row, "x", dtype, ">, tensor<?xi32>, tensor<?xi32>");
  return StrCat("func.func @pack(%x: ", x, ", %keep: ", keep, ") -> (", results, ") {\n",
                "  %rows, %offsets, %indices = ragged.pack %x, %keep : ", x, ", ", keep, " -> ", results, "\n",
                "  return %rows, %offsets, %indices : ", results, "\n}\n");
}

std::string unpackText(const std::string& dtype, int64_t positions, const std::string& row) {
  std::string rows = StrCat("tensor<?x", row, "x", dtype, ">");
  std::string x = StrCat("tensor<?x", positions, "x", row, "x", dtype, ">");
  return StrCat("func.func @unpack(%rows: ", rows, ", %indices: tensor<?xi32>, %offsets: tensor<?xi32>) -> ", x,
                " {\n  %x = ragged.unpack %rows, %indices, %offsets {fill = -1.5} : ", rows,
                ", tensor<?xi32>, tensor<?xi32> -> ", x, "\n  return %x : ", x, "\n}\n");
}

std::string packAndUnpackText(const std::string& dtype, int64_t positions, const std::string& row) {
  std::string x = StrCat("tensor<?x", positions, "x", row, "x", dtype, ">");
  std::string keep = StrCat("tensor<?x", positions, "xi1>");
  std::string packed = StrCat("tensor<?x", row, "x", dtype, ">, tensor<?xi32>, tensor<?xi32>");
  return StrCat("func.func @round_trip(%x: ", x, ", %keep: ", keep, ") -> ", x, " {\n",
                "  %rows, %offsets, %indices = ragged.pack %x, %keep : ", x, ", ", keep, " -> ", packed, "\n",
                "  %out = ragged.unpack %rows, %indices, %offsets : ", packed, " -> ", x, "\n  return %out : ", x,
                "\n}\n");
}

std::string blockText(const std::string& dtype, int64_t positions, int64_t heads, int64_t dim, int64_t capacity) {
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

KernelCase& CaseBuilder::add(const std::string& spec, std::vector<int64_t> lengths) {
  KernelCase& test = cases.emplace_back();
  test.spec = spec;
  test.lengths = std::move(lengths);
  test.seed = inputs.next() >> 1;
  return test;
}

void CaseBuilder::addRowsAround(KernelCase& test) {
  test.rowsBefore = inputs.below(3) == 0 ? inputs.below(20) : 0;
  test.rowsBehind = inputs.below(2) == 0 ? inputs.below(20) : 0;
}

std::vector<int64_t> CaseBuilder::drawLengths(int64_t capacity, int64_t batch) {
  std::vector<int64_t> lengths;
  for (int64_t b = 0; b < batch; ++b) lengths.push_back(inputs.below(capacity + 1));
  if (batch < 4) return lengths;
  int64_t first = inputs.below(batch);
  lengths[size_t(first)] = 0;
  lengths[size_t((first + 1) % batch)] = 1;
  lengths[size_t((first + 2) % batch)] = capacity;
  return lengths;
}

void CaseBuilder::addPack(const std::string& dtype, const std::string& shape, const std::vector<int64_t>& batches) {
  int64_t positions = *ParseInt(shape.substr(0, shape.find('x')));
  std::string row = shape.substr(shape.find('x') + 1);
  addText(StrCat("pack ", dtype, " ", shape), packText(dtype, positions, row), positions, batches);
  addText(StrCat("unpack ", dtype, " ", shape), unpackText(dtype, positions, row), positions, batches);
  addText(StrCat("pack and unpack ", dtype, " ", shape), packAndUnpackText(dtype, positions, row), positions, batches);
}

void CaseBuilder::addBlock(const std::string& dtype, int64_t positions, int64_t heads, int64_t dim, int64_t capacity,
                           const std::vector<int64_t>& batches) {
  addText(StrCat("block ", dtype, " ", positions, "x", heads, "x", dim, " capacity ", capacity),
          blockText(dtype, positions, heads, dim, capacity), positions, batches);
}

void CaseBuilder::addText(const std::string& name, const std::string& text, int64_t positions,
                          const std::vector<int64_t>& batches) {
  for (int64_t batch : batches) {
    KernelCase& test = add("", drawLengths(positions, batch));
    test.name = name;
    test.text = text;
  }
}

std::vector<std::vector<int64_t>> CaseBuilder::edgeLengths(int64_t capacity) {
  return {{},
          {0},
          {0, 0, 0},
          {1},
          {capacity},
          {capacity + 1},
          {3 * capacity, 0, capacity},
          {capacity + 7, capacity + 100, 1, 2 * capacity}};
}

/// Rows that lie in panels, the last of which may be filled in part; Q, K and V each have their own.
static constexpr struct {
  int64_t dim;
  const char* options;
} kWarpgroupShapes[] = {
    {24, ",causal"},
    {40, ",dim_v=128"},
    {48, ",packed"},
    {64, ",dim_v=72"},
    {72, ""},
    {72, ",packed,causal"},
    {72, ",kv_heads=1,dim_v=40"},
    {80, ",kv_heads=1,causal"},
    {96, ""},
    {128, ",causal"},
    {128, ",dim_v=80"},
    {192, ",packed"},
};

void CaseBuilder::addWarpgroupFamilies(const AddAttention& add, std::initializer_list<int64_t> capacities,
                                       std::initializer_list<int64_t> edges, int64_t several) {
  for (const char* family : kWarpgroupFamilies)
    for (const char* dtype : {"bf16", "f16"}) {
      for (int64_t dim : {16, 32, 64})
        for (const char* options : {"", ",causal", ",packed", ",kv_heads=1,causal", ",dim_v=32", ",dim_v=16,causal"})
          add(family, dtype, 2, dim, shapes.pick(capacities), options);
      // Each of these with one of the two types in a family and with the other in the other.
      for (size_t i = 0; i < std::size(kWarpgroupShapes); ++i)
        if ((i + (family == kWarpgroupFamilies[0]) + (dtype[0] == 'b')) % 2 == 0)
          add(family, dtype, 2, kWarpgroupShapes[i].dim, shapes.pick(capacities), kWarpgroupShapes[i].options);
      add(family, dtype, 2, 72, 70, "").lengths = {71, 0, 64, 65, 1};
      add(family, dtype, 1, 128, several, ",block_n=48").warps = 8;
      for (int64_t capacity : edges) add(family, dtype, 1, 64, capacity, "");
      add(family, dtype, 2, 64, 70, ",q_strides=640x64,k_strides=320x104,v_strides=192x64,out_strides=256x72");
      for (std::vector<int64_t> lengths :
           {std::vector<int64_t>{}, {0}, {0, 0, 0}, {1}, {70}, {71}, {210, 0, 70}, {64, 65, 63}})
        add(family, dtype, 2, 64, 70, "").lengths = lengths;
      for (int64_t blockN : {16, 48, 64, 80, 112})
        for (int64_t warps : {4, 8})
          add(family, dtype, 1, 64, several, StrCat(",block_n=", blockN, blockN == 48 ? ",causal" : "")).warps = warps;
      // Scores so large that maxima rise far after the first block of keys, in some warps of a warpgroup and not in
      // others. A warp keeps its scores beside their weights until then or, at 96 keys and 8 warps, computes them
      // again.
      for (const char* scale : {",scale=0.7", ",scale=8", ",scale=0.7,causal"})
        for (int64_t blockN : {32, 96}) {
          KernelCase& test = add(family, dtype, 1, 64, 2 * several, StrCat(",block_n=", blockN, scale));
          test.softmax = "online";
          test.warps = blockN == 96 ? 8 : 4;
        }
      KernelCase& wide = add(family, dtype, 1, 80, 2 * several, ",block_n=64,scale=0.7");
      wide.softmax = "online";
      wide.warps = 8;
    }
}

void CaseBuilder::addPlainWeights(const AddAttention& add) {
  // At 1.8 one or two rows of a warp stray in some warps and none in others, at 8 almost all.
  for (const char* scale : {"", ",scale=1.8", ",scale=8"}) {
    const std::vector<int64_t> lengths{197, 1, 0, 16, 17, 64, 65, 100 + inputs.below(97), 300};
    auto addWith = [&](const std::string& options, int64_t warps, int64_t rowsPerBlock) -> KernelCase& {
      KernelCase& test = add("single/warpgroup", "bf16", 1, 64, 197, StrCat(options, scale));
      test.lengths = lengths;
      test.softmax = "single_pass";
      test.warps = warps;
      test.rowsPerBlock = rowsPerBlock;
      test.stages = 2;
      return test;
    };
    // A warpgroup that walks over the rows, blocks that take theirs at once (keys come late), and two warpgroups.
    addWith("", 4, 256);
    addWith("", 4, 64);
    addWith("", 8, 128);
    addWith("", 8, 256).stages = 1;
    // Several tiles, the last of which is narrow.
    addWith(",block_n=96", 8, 128);
    addWith(",block_n=64", 4, 256);
    addWith(",block_n=48,causal", 4, 256);
    // Products of warps: warps that walk, Q that stays where it is, keys that take turns, and a causal mask.
    auto addWarps = [&](const std::string& options, int64_t dim, int64_t capacity, int64_t stages,
                        const char* softmax) {
      KernelCase& test = add("single", "bf16", 1, dim, capacity, StrCat(options, scale));
      test.lengths = {capacity, 1, 0, 16, 17, capacity - 1, capacity + 30, 1 + inputs.below(capacity)};
      test.warps = 2;
      test.stages = stages;
      test.softmax = softmax;
    };
    addWarps(",block_n=32", 64, 49, 2, "single_pass");
    addWarps(",block_n=64", 64, 57, 1, "single_pass");
    addWarps(",block_n=16", 24, 25, 2, "single_pass");
    addWarps(",block_n=32", 32, 100, 2, "online");
    addWarps(",block_n=32,causal", 64, 70, 2, "single_pass");
    // Rows of few keys, whose sums are small.
    addWith(",block_n=208,causal", 4, 64);
    // Keys that stay, some at a time.
    addWith(",block_n=48", 8, 128).softmax = "online";
    addWith(",block_n=48,causal", 4, 128).softmax = "online";
  }
  addPlainLatency(add);
  // Few keys, the capacity before the least of two parts, that one, parts that differ, and a whole number of tiles.
  for (int64_t capacity : {16, 17, 32, 80, 81, 97, 208}) {
    KernelCase& test = add("single/warpgroup", "bf16", 1, 64, capacity, ",scale=1.8");
    test.softmax = "single_pass";
    test.rowsPerBlock = 64;
    test.lengths.push_back(capacity / 2);
  }
}

void CaseBuilder::addPlainLatency(const AddAttention& add) {
  for (const char* scale : {"", ",scale=1.8", ",scale=8"}) {
    auto addWith = [&](const char* family, int64_t dim, int64_t capacity, const std::string& options, int64_t warps) {
      KernelCase& test = add(family, "bf16", 1, dim, capacity, StrCat(options, scale));
      test.warps = warps;
      // Ways without keys, a way's last key, one key beyond it, and few keys in all.
      test.lengths = {capacity, 0, 1, 16, 17, 33, capacity / 2, capacity + 100, 1 + inputs.below(capacity)};
    };
    // Tiles of three widths, parts of 32 keys, and those of two tiles of rows, whose warps share keys.
    addWith("latency", 64, 105, ",block_m=16", 4);
    addWith("latency", 64, 200, ",block_m=16", 2);
    addWith("latency", 64, 200, ",block_m=32", 4);
    addWith("latency", 128, 70, ",block_m=32", 6);
    addWith("latency", 40, 70, ",block_m=16", 2);
    for (int64_t dim : {32, 64, 72, 128}) addWith("latency/warpgroup", dim, 260, ",block_m=64,block_n=64", 8);
    addWith("latency/warpgroup", 64, 260, ",block_m=64,block_n=32", 12);
    addWith("latency/warpgroup", 64, 400, ",block_m=128,block_n=48", 16);
  }
}

void CaseBuilder::addShortRows(const AddAttention& add) {
  for (int64_t capacity : {133, 197, 200, 257})
    for (const char* scale : {"", ",scale=1.8", ",scale=8"})
      for (const char* family : {"ring/warpgroup", "single/warpgroup"}) {
        KernelCase& test = add(family, "bf16", shapes.below(2) + 1, 64, capacity, scale);
        test.lengths = {capacity, 0, 1, capacity + 1 + inputs.below(100)};
        for (int64_t whole = 64; whole <= capacity; whole += 64)
          for (int64_t more : {0, 1, 8, 9})
            if (whole + more <= capacity) test.lengths.push_back(whole + more);
        if (family[0] == 'r') continue;
        test.warps = 4;
        test.stages = 2;
        test.rowsPerBlock = (capacity + 63) / 64 * 64;
      }
}

void CaseBuilder::addLatencyGroups(const AddAttention& add, std::initializer_list<int64_t> capacities,
                                   std::initializer_list<int64_t> edges) {
  constexpr const char* kFamily = "latency/warpgroup";
  constexpr const char* kTypes[] = {"bf16", "f16"};
  size_t count = 0;
  auto type = [&] { return kTypes[count++ % 2]; };
  for (int64_t dim : {16, 32, 64}) {
    ++count;  // each option with both types, in different dimensions
    for (const char* options : {"", ",causal", ",packed", ",kv_heads=1,causal", ",dim_v=32", ",dim_v=16,causal"})
      add(kFamily, type(), 2, dim, shapes.pick(capacities), options);
  }
  for (const auto& shape : kWarpgroupShapes) add(kFamily, type(), 2, shape.dim, shapes.pick(capacities), shape.options);
  for (int64_t capacity : edges) add(kFamily, type(), 1, 64, capacity, "");
  add(kFamily, "bf16", 2, 64, 70, ",q_strides=640x64,k_strides=320x104,v_strides=192x64,out_strides=256x72");
  for (std::vector<int64_t> lengths :
       {std::vector<int64_t>{}, {0}, {0, 0, 0}, {1}, {70}, {71}, {210, 0, 70}, {64, 65, 63}})
    add(kFamily, "f16", 2, 64, 70, "").lengths = lengths;
  // Tiles and slots: each way has several of them or, in the short sequences, one or none.
  for (int64_t ways : {2, 3, 4})
    for (int64_t blockN : {16, 32, 48, 64, 96, 128}) {
      int64_t capacity = blockN * ways * 3 / 2 + shapes.pick({0, 1, 31, 32, 33});
      const char* option = shapes.below(3) == 0 ? ",causal" : "";
      KernelCase& test = add(kFamily, type(), 1, 64, capacity, StrCat(",block_m=64,block_n=", blockN, option));
      test.warps = 4 * ways;
      test.stages = 2 + shapes.below(blockN <= 48 ? 4 : blockN == 64 ? 2 : 1);
      for (int64_t length : {blockN - 1, blockN, blockN + 1, blockN + 32, blockN + 33, 2 * blockN})
        if (length <= capacity) test.lengths.push_back(length);
    }
  for (const char* options : {"", ",causal", ",scale=0.7", ",scale=8"})
    for (int64_t blockN : {32, 64}) {
      KernelCase& test = add(kFamily, type(), 1, 64, 200, StrCat(",block_m=128,block_n=", blockN, options));
      test.warps = 16;
      test.lengths.insert(test.lengths.end(), {64, 65, 128, 129});
    }
}

void CaseBuilder::addRing(const AddAttention& add, std::initializer_list<int64_t> capacities) {
  constexpr int64_t kLengths[] = {0, 1, 16, 17, 48, 49, 64, 65, 112, 113, 128, 192, 193, 208, 209, 304, 305};
  auto addWith = [&](const char* dtype, int64_t heads, int64_t dim, int64_t capacity,
                     const std::string& options) -> KernelCase& {
    std::vector<int64_t> lengths{capacity, 0};
    for (int64_t length : kLengths)
      if (length <= capacity && shapes.below(3) != 0) lengths.push_back(length);
    // Some that follow each other without anything to do, and one that is too long.
    lengths.insert(lengths.end(), {0, 0, capacity + 1 + inputs.below(capacity), capacity - 1});
    KernelCase& test = add("ring/warpgroup", dtype, heads, dim, capacity, options);
    test.lengths = lengths;
    return test;
  };
  for (int64_t capacity : capacities) {
    addWith("bf16", 2, 64, capacity, "");
    addWith("f16", 1, shapes.pick({16, 32, 40, 48, 56}), capacity, shapes.below(2) == 0 ? ",packed" : "");
  }
  for (int64_t capacity : {100, 197, 330}) {
    addWith("f16", 3, 64, capacity, ",packed");
    addWith("bf16", 4, 64, capacity, ",kv_heads=2");
    addWith("bf16", 2, 64, capacity, ",q_strides=640x64,k_strides=320x104,v_strides=192x64,out_strides=256x72");
    // Scores so large that maxima rise far, in some warps of a warpgroup and not in others.
    addWith("bf16", 2, 64, capacity, ",scale=0.7");
    addWith("f16", 2, 64, capacity, ",scale=8");
    for (int64_t blockN : {32, 64, capacity < 300 ? 112 : 80})
      addWith("bf16", 1, 64, capacity, StrCat(",block_n=", blockN));
  }
  // Rows in panels, three warpgroups that compute or two, and sequences of whole chunks.
  for (int64_t dim : {72, 80, 96, 112, 128}) {
    addWith("bf16", 1, dim, shapes.pick({197, 300, 330}), shapes.below(2) == 0 ? ",packed" : ",scale=0.7");
    addWith("f16", 2, dim, shapes.pick({193, 209, 256}), ",kv_heads=1").warps = 12;
  }
  addWith("bf16", 1, 128, 100, "");
  for (int64_t blockN : {64, 96, 112}) addWith("bf16", 1, 64, 4 * blockN, StrCat(",block_n=", blockN)).stages = 8;
  addWith("bf16", 1, 64, 384, ",block_n=128").warps = 12;
  addWith("f16", 1, 128, 192, ",block_n=64").rowsPerBlock = 128;
  addWith("bf16", 2, 64, 330, "").rowsPerBlock = 128;
  for (std::vector<int64_t> lengths : {std::vector<int64_t>{}, {0}, {0, 0, 0, 0, 0}, {1}, {70}, {71, 0, 70}})
    add("ring/warpgroup", "bf16", 2, 64, 70, "").lengths = lengths;
  for (std::vector<int64_t> lengths : {std::vector<int64_t>{}, {0}, {0, 0, 0, 0}, {1}, {193, 0, 0, 0, 0, 600, 1, 400}})
    for (const char* copies : {"auto", "cp_async"}) {
      KernelCase& test = add("ring/warpgroup", "bf16", 2, 64, 400, "");
      test.copies = copies;
      test.lengths = lengths;
    }
  addTensorCopies(add);
}

void CaseBuilder::addKeptTiles(const AddAttention& add, int64_t heads) {
  auto addWith = [&](const char* dtype, int64_t headsOfOne, int64_t dim, int64_t capacity, int64_t blockN,
                     const std::string& options, std::vector<int64_t> lengths) -> KernelCase& {
    KernelCase& test = add("ring/warpgroup", dtype, headsOfOne, dim, capacity, StrCat(",block_n=", blockN, options));
    test.rowsPerBlock = 192;
    test.rowsBefore = inputs.below(3);
    test.rowsBehind = inputs.below(3);
    test.lengths = std::move(lengths);
    return test;
  };
  auto repeat = [&](int64_t count, int64_t length) { return std::vector<int64_t>(count, length); };
  // Lengths that are no less than three quarters of the capacity together.
  auto nearly = [&](int64_t capacity) {
    const int64_t whole = capacity / 64 * 64;
    std::vector<int64_t> lengths{capacity, capacity + 1 + inputs.below(20)};
    for (int64_t length : {whole, whole + 1, whole - 64 + 8, whole - 64 + 9, whole - 64 + 1})
      if (length <= capacity) lengths.push_back(length);
    // Some of one tile, or of nothing, are kept among the others.
    lengths.insert(lengths.begin() + inputs.below(lengths.size()), inputs.below(18));
    lengths.insert(lengths.end(), {capacity, capacity});
    return lengths;
  };
  // With a last tile that is as wide as the others or wider; of 577 in the twelve slots that there are.
  for (auto [capacity, blockN] : {std::pair(261, 64), {264, 64}, {257, 80}, {512, 64}, {330, 64}, {577, 96}}) {
    addWith("bf16", 2, 64, capacity, blockN, "", nearly(capacity));
    // More than whole rounds.
    addWith("bf16", 1, 64, capacity, blockN, "", repeat(heads + 1, capacity));
    // Nothing is kept of one long among short ones.
    addWith("bf16", 1, 64, capacity, blockN, "", {0, 1, capacity, 0, 0, 17, 16, 33, 8, 0, 193});
    if (capacity > 300) continue;
    addWith("bf16", 2, 64, capacity, blockN, "", repeat(heads, capacity));
    // Fewer heads than blocks.
    addWith("bf16", 1, 64, capacity, blockN, "", {capacity, capacity - 1});
  }
  for (const char* scale : {",scale=0.7", ",scale=8"})
    for (auto [capacity, blockN] : {std::pair(261, 64), {257, 80}, {330, 96}})
      addWith("bf16", 2, 64, capacity, blockN, scale, nearly(capacity));
  std::vector<int64_t> few;
  for (int64_t length = 1; length <= 17; ++length) few.push_back(length);
  addWith("bf16", 2, 64, 261, 64, "", few);
  addWith("bf16", 2, 64, 330, 96, ",packed", few);
  for (int64_t dim : {96, 128}) {
    addWith("bf16", 2, dim, 261, 64, ",kv_heads=1", nearly(261)).rowsPerBlock = 128;
    KernelCase& test = addWith("f16", 2, dim, 257, 80, "", nearly(257));
    test.rowsPerBlock = 128;
    test.warps = 12;
  }
  for (const char* scale : {"", ",scale=8"}) addWith("f16", 2, 64, 261, 64, scale, nearly(261));
  addWith("bf16", 4, 64, 261, 64, ",kv_heads=2", repeat(heads, 261));
  addWith("bf16", 2, 64, 261, 64, ",q_strides=640x64,k_strides=320x104,v_strides=192x64,out_strides=256x72",
          nearly(261));
  addWith("bf16", 2, 64, 197, 64, ",packed", nearly(197));
  KernelCase& two = addWith("bf16", 2, 64, 261, 64, "", nearly(261));
  two.rowsPerBlock = 128;
  two.warps = 12;
  // Nothing stays of what tensor maps copy.
  addWith("bf16", 2, 64, 261, 64, "", nearly(261)).copies = "tensor";
}

/// Copies by tensor maps, whose boxes have 16 rows: every number of rows behind the last whole box, with rows of NaN
/// behind them, and rows of each width that fills boxes.
void CaseBuilder::addTensorCopies(const AddAttention& add) {
  auto addWith = [&](const char* dtype, int64_t heads, int64_t dim, const std::string& options,
                     const std::vector<int64_t>& lengths, int64_t capacity = 330) {
    KernelCase& test = add("ring/warpgroup", dtype, heads, dim, capacity, options);
    test.copies = "tensor";
    test.lengths = lengths;
    return &test;
  };
  std::vector<int64_t> few, many;
  for (int64_t rows = 1; rows <= 17; ++rows) {
    few.push_back(rows);
    many.push_back(16 * (1 + inputs.below(19)) + rows - 1);
  }
  addWith("bf16", 1, 64, "", few);
  addWith("bf16", 2, 64, ",packed", many);
  for (int64_t length : {1, 15, 16, 17, 95, 96, 97, 112, 113, 193, 329, 330}) {
    KernelCase* test = addWith(length % 2 ? "bf16" : "f16", 2, 64, length % 3 ? "" : ",packed", {length});
    test->rowsBefore = inputs.below(3);
    test->rowsBehind = 1 + inputs.below(40);
  }
  // Whole heads, and sequences without rows in a row.
  few.insert(few.end(), {0, 0, 0, 0, 100, 112, 113, 0, 197});
  addWith("bf16", 2, 64, "", few, 197);
  addWith("f16", 3, 32, ",packed", few, 113);
  addWith("bf16", 1, 64, "", {330, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 17});
  for (int64_t dim : {16, 32, 128}) {
    std::vector<int64_t> lengths{330, 0, 1, 331 + inputs.below(100)};
    for (int i = 0; i < 3; ++i) lengths.push_back(many[inputs.below(many.size())]);
    addWith("f16", 2, dim, ",kv_heads=1", lengths);
  }
  addWith("bf16", 4, 64, ",q_strides=640x64,k_strides=320x104,v_strides=192x64,kv_heads=2", many);
  // So many barriers that they fill the room before the words of items.
  addWith("bf16", 1, 64, ",block_n=96", {300, 200, 300}, 577)->stages = 11;
}

}  // namespace raggedc
