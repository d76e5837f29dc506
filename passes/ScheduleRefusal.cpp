//===- ScheduleRefusal.cpp - why no schedule fits, and what would ----------===//
//
// Everything here is found by searching again for something a little different,
// so that a family, an option or a limit that is new needs no text of its own.
//
//===----------------------------------------------------------------------===//

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "passes/ScheduleRequest.h"

namespace raggedc {

using namespace mlir::ragged_kernel;
using llvm::SmallVector;
using llvm::StringRef;
using llvm::Twine;

namespace {

using Restriction = ScheduleRequest::Restriction;
using Probe = llvm::function_ref<ScheduleProbe(const ScheduleRequest&, const AttentionShape&, const Chip&)>;

/// `a, b or c`.
std::string alternatives(llvm::ArrayRef<std::string> texts) {
  std::string text;
  for (auto [i, one] : llvm::enumerate(texts)) text += (i == 0 ? "" : i + 1 == texts.size() ? " or " : ", ") + one;
  return text;
}

std::string kibibytes(int64_t bytes, bool up) {
  int64_t tenths = up ? llvm::divideCeil(bytes * 10, 1024) : bytes * 10 / 1024;
  return (Twine(tenths / 10) + (tenths % 10 ? "." + Twine(tenths % 10) : Twine("")) + " KiB").str();
}

/// The limit that the candidate which comes nearest goes beyond.
std::string describeLimit(const Refusal& refusal, const Candidate& c, const AttentionShape& shape, const Chip& chip) {
  std::string what = (stringifyFamily(c.family) + (c.warpgroups ? " with wgmma" : "")).str();
  std::string tiles =
      llvm::formatv("{0} of {1} {2}, {3} keys at a time and {4} {5}", what, c.warps, c.warps == 1 ? "warp" : "warps",
                    c.blockN, c.stages, c.stages == 1 ? "stage" : "stages");
  switch (refusal.limit) {
    case Refusal::Limit::None:
      return "";
    case Refusal::Limit::Instructions:
      return "wgmma needs sm_90a, got " + chip.arch;
    case Refusal::Limit::EqualWidths:
      return llvm::formatv(
          "{0}, online softmax and queries in registers takes no block_n of {1}, the head dimension "
          "of v, with which ptxas overwrites the queries",
          what, refusal.needed);
    case Refusal::Limit::Shared:
      return llvm::formatv("{0} needs {1} of shared memory a block at capacity {2}, {3} has {4}", tiles,
                           kibibytes(refusal.needed, true), shape.capacity, chip.arch,
                           kibibytes(refusal.available, false));
    case Refusal::Limit::Registers:
      return llvm::formatv(
          "{0} with {1} softmax needs about {2} registers a thread at capacity {3}, {4} has {5} to give", tiles,
          c.softmax == Softmax::SinglePass ? "single-pass" : "online", refusal.needed, shape.capacity, chip.arch,
          refusal.available);
    case Refusal::Limit::RegisterFile:
      return llvm::formatv("{0} needs about {1} registers a block, a multiprocessor of {2} has {3}", tiles,
                           refusal.needed, chip.arch, refusal.available);
    case Refusal::Limit::ResidentShared:
      return llvm::formatv("so many blocks of {0} need {1} of shared memory, a multiprocessor of {2} has {3}", tiles,
                           kibibytes(refusal.needed, true), chip.arch, kibibytes(refusal.available, false));
    case Refusal::Limit::ResidentThreads:
      return llvm::formatv("so many blocks of {0} have {1} threads, a multiprocessor of {2} holds {3}", tiles,
                           refusal.needed, chip.arch, refusal.available);
  }
  return "";
}

/// The smallest set of restrictions that leaves no candidate by itself.
SmallVector<Restriction> findConflict(const ScheduleRequest& request, const AttentionShape& shape, const Chip& chip,
                                      Probe probe) {
  SmallVector<Restriction> all = request.restrictions();
  SmallVector<Restriction> smallest = all;
  for (unsigned set = 1; set < 1u << all.size(); ++set) {
    if (size_t(llvm::popcount(set)) >= smallest.size()) continue;
    ScheduleRequest part = request;
    SmallVector<Restriction> kept;
    for (auto [i, restriction] : llvm::enumerate(all))
      if (set >> i & 1)
        kept.push_back(restriction);
      else
        restriction.lift(part);
    if (probe(part, shape, chip).candidates == 0) smallest = kept;
  }
  return smallest;
}

/// The head dimension nearest to that of `shape` that the request has candidates for; 0 for none.
int64_t findHeadDim(const ScheduleRequest& request, const AttentionShape& shape, const Chip& chip, Probe probe) {
  for (int64_t distance = 0; distance <= 240; distance += 8)
    for (int64_t dim : {shape.headDim - distance, shape.headDim + distance}) {
      if (dim < 16 || dim > 256) continue;
      AttentionShape other = shape;
      other.headDim = other.headDimV = dim;
      if (probe(request, other, chip).candidates) return dim;
    }
  return 0;
}

/// Why the request has no candidate at all. What of the shape is in the way is tried with the rest as wgmma likes it.
std::string describeConflict(const ScheduleRequest& request, const AttentionShape& shape, const Chip& chip, Probe probe,
                             SmallVector<std::string>& nearest) {
  SmallVector<Restriction> conflict = findConflict(request, shape, chip, probe);
  ScheduleRequest part = request;
  for (const Restriction& restriction : request.restrictions())
    if (llvm::none_of(conflict, [&](const Restriction& kept) { return kept.name == restriction.name; }))
      restriction.lift(part);
  std::string names = llvm::join(llvm::map_range(conflict, [](auto& one) { return one.text(); }), " and ");
  if (conflict.size() == 1) {
    AttentionShape narrow = shape;
    narrow.headDim = narrow.headDimV = 64;
    AttentionShape half = narrow;
    half.elementBytes = 2;
    if (!probe(part, narrow, chip).candidates && probe(part, half, chip).candidates)
      return names + " takes bf16 and f16, got f32";
    if (int64_t dim = findHeadDim(part, shape, chip, probe)) {
      nearest.push_back("head dimension " + std::to_string(dim) + (shape.headDim == shape.headDimV ? "" : " of both"));
      return llvm::formatv("{0} takes no head dimension {1}", names,
                           shape.headDim == shape.headDimV
                               ? std::to_string(shape.headDim)
                               : llvm::formatv("{0} with {1} of v", shape.headDim, shape.headDimV).str());
    }
  }
  if (conflict.empty()) return "";
  AttentionShape many = shape;
  many.headsQ = many.headsKV = 1024;
  if (probe(part, many, chip).candidates) return llvm::formatv("{0} takes more heads than {1}", names, shape.headsQ);
  return "no schedule has " + names + (conflict.size() > 1 ? " together" : "");
}

/// The longest capacity that the request fits, 0 for none. A longer one never needs less.
int64_t findCapacity(const ScheduleRequest& request, const AttentionShape& shape, const Chip& chip, Probe probe) {
  AttentionShape shorter = shape;
  int64_t fits = 0, fails = llvm::divideCeil(shape.capacity, kWarpRows);  // in tiles of 16 rows
  while (fails - fits > 1) {
    int64_t middle = (fits + fails) / 2;
    shorter.capacity = middle * kWarpRows;
    (probe(request, shorter, chip).best ? fits : fails) = middle;
  }
  return fits * kWarpRows;
}

/// What a restriction could say instead, as near as there is; "" if it is not what stands in the way.
std::string relax(const ScheduleRequest& request, const Restriction& restriction, const AttentionShape& shape,
                  const Chip& chip, Probe probe) {
  ScheduleRequest other = request;
  restriction.lift(other);
  std::optional<Candidate> free = probe(other, shape, chip).best;
  if (!free) return "";
  if (restriction.word) {
    if (restriction.name == "family") return ("family=" + stringifyFamily(free->family)).str();
    if (restriction.name == "softmax") return ("softmax=" + stringifySoftmax(free->softmax)).str();
    if (restriction.name == "mma") return free->warpgroups ? "mma=warpgroup" : "mma=warp";
    if (restriction.name == "queries") return free->qInRegisters ? "queries=registers" : "queries=shared";
    if (restriction.name == "copies") return free->tensorCopies ? "copies=tensor" : "copies=cp_async";
    return "no " + restriction.name;
  }
  int64_t asked = request.*restriction.number;
  for (int64_t distance = restriction.step; distance <= restriction.most; distance += restriction.step)
    for (int64_t value : {asked - distance, asked + distance}) {
      if (value < restriction.step || value > restriction.most) continue;
      other.*restriction.number = value;
      if (probe(other, shape, chip).best) return restriction.name + "=" + std::to_string(value);
    }
  return "no " + restriction.name;
}

}  // namespace

std::string explainRefusal(const ScheduleRequest& request, const AttentionShape& shape, const Chip& chip, Probe probe) {
  ScheduleProbe failed = probe(request, shape, chip);
  std::string why;
  SmallVector<std::string> nearest;
  if (failed.candidates == 0) {
    why = describeConflict(request, shape, chip, probe, nearest);
  } else {
    why = describeLimit(failed.nearest, failed.refused, shape, chip);
    if (failed.nearest.limit == Refusal::Limit::Instructions) nearest.push_back("sm_90a");
    // A shorter capacity would only make blocks of keys shorter.
    int64_t capacity =
        failed.nearest.limit == Refusal::Limit::EqualWidths ? 0 : findCapacity(request, shape, chip, probe);
    if (capacity > 0) nearest.push_back("capacity " + std::to_string(capacity));
  }
  for (const Restriction& restriction : request.restrictions())
    if (std::string other = relax(request, restriction, shape, chip, probe); !other.empty()) nearest.push_back(other);
  if (!nearest.empty()) {
    why += "; nearest that fits: " + alternatives(nearest);
  } else if (!request.restrictions().empty()) {
    SmallVector<std::string> all;
    for (const Restriction& restriction : request.restrictions()) all.push_back(restriction.text());
    why += "; relax " + llvm::join(all, ", ");
  }
  return why;
}

}  // namespace raggedc
