//===- CaseBuilder.h - drawing cases and writing programs -------*- C++ -*-===//

#ifndef RAGGEDC_TEST_CASES_CASEBUILDER_H
#define RAGGEDC_TEST_CASES_CASEBUILDER_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "test/cases/Cases.h"

namespace raggedc {

inline constexpr const char* kDtypes[] = {"bf16", "f16", "f32"};
/// Those that can be asked for.
inline constexpr const char* kFamilies[] = {"warp", "single", "online", "latency"};
/// Those of wgmma, for 16-bit types.
inline constexpr const char* kWarpgroupFamilies[] = {"single/warpgroup", "online/warpgroup"};

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
  int64_t pick(std::initializer_list<int64_t> values) {
    return values.begin()[below(static_cast<int64_t>(values.size()))];
  }

 private:
  uint64_t state;
};

/// Programs as MLIR. `row` is the shape of a row: "12x64".
std::string packText(const std::string& dtype, int64_t positions, const std::string& row);
std::string unpackText(const std::string& dtype, int64_t positions, const std::string& row);
std::string packAndUnpackText(const std::string& dtype, int64_t positions, const std::string& row);
/// Pack, attend, unpack.
std::string blockText(const std::string& dtype, int64_t positions, int64_t heads, int64_t dim, int64_t capacity);

/// What makes a list of cases has in common with others.
class CaseBuilder {
 protected:
  CaseBuilder(uint64_t shapeSeed, uint64_t inputSeed) : shapes(shapeSeed), inputs(inputSeed) {}

  /// A case of an attention or, without a spec, of a text to come, with lengths and no rows around them.
  KernelCase& add(const std::string& spec, std::vector<int64_t> lengths);

  /// Maybe some rows that belong to no sequence.
  void addRowsAround(KernelCase& test);

  /// `batch` of them. The empty sequence, the one of one row and the longest are among four or more.
  std::vector<int64_t> drawLengths(int64_t capacity, int64_t batch);

  /// Batches of nothing, of empty sequences, of one row, and of sequences that are too long.
  static std::vector<std::vector<int64_t>> edgeLengths(int64_t capacity);

  /// Pack, unpack and both, for each batch.
  void addPack(const std::string& dtype, const std::string& shape, const std::vector<int64_t>& batches);
  void addBlock(const std::string& dtype, int64_t positions, int64_t heads, int64_t dim, int64_t capacity,
                const std::vector<int64_t>& batches);

  /// Adds a case: family, element type, heads, head dimension, capacity, further options of the spec.
  using AddAttention =
      std::function<KernelCase&(const char*, const char*, int64_t, int64_t, int64_t, const std::string&)>;

  /// Products of warpgroups: 16-bit types, head dimensions of each layout. `capacities`: for options to be
  /// tried with one of them; `edges`: all tried; `several`: one that blocks of any size divide.
  void addWarpgroupFamilies(const AddAttention& add, std::initializer_list<int64_t> capacities,
                            std::initializer_list<int64_t> edges, int64_t several);

  /// Weights without a maximum, in the family single: rows that stray from the range, alone in their warps or not.
  void addPlainWeights(const AddAttention& add);
  /// The same where ways divide the keys.
  void addPlainLatency(const AddAttention& add);
  /// Rows behind whole blocks of 64, which have products of their own if they are few: none, one, eight, and nine.
  void addShortRows(const AddAttention& add);

  /// The family latency with products of warpgroups: head dimensions of each layout, numbers of ways, tiles that pass,
  /// and sequences in which some ways have no keys. `capacities` and `edges` as above.
  void addLatencyGroups(const AddAttention& add, std::initializer_list<int64_t> capacities,
                        std::initializer_list<int64_t> edges);

  /// The family ring: lengths around those where tails and groups of rows end, in the form that keeps heads and, at the
  /// last capacities, in the one that has tiles pass.
  void addRing(const AddAttention& add, std::initializer_list<int64_t> capacities);
  void addTensorCopies(const AddAttention& add);
  /// The same with slots for all tiles of a head, which stay where lengths are even, and with rows behind the last
  /// whole
  /// 64. `heads`: at least so many must there be for each block to keep one.
  void addKeptTiles(const AddAttention& add, int64_t heads);

  Random shapes;  ///< what the kernels depend on
  Random inputs;  ///< lengths and the seeds of inputs
  std::vector<KernelCase> cases;

 private:
  void addText(const std::string& name, const std::string& text, int64_t positions,
               const std::vector<int64_t>& batches);
};

}  // namespace raggedc

#endif  // RAGGEDC_TEST_CASES_CASEBUILDER_H
