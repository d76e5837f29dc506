//===- ScheduleRequest.h - what is asked of a schedule ----------*- C++ -*-===//

#ifndef RAGGEDC_PASSES_SCHEDULEREQUEST_H
#define RAGGEDC_PASSES_SCHEDULEREQUEST_H

#include <functional>
#include <optional>
#include <string>

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "passes/CostModel.h"

namespace raggedc {

/// What the operation and the options ask of a schedule. 0 and "auto" leave it open.
struct ScheduleRequest {
  llvm::StringRef family, softmax, queries, mma, copies;
  int64_t warps, stages, minBlocks, rowsPerBlock, blockM, blockN;

  /// A restriction as its reader knows it, with what takes it back. One that is a number can be another one.
  struct Restriction {
    std::string name, value;
    llvm::StringRef ScheduleRequest::* word = nullptr;
    int64_t ScheduleRequest::* number = nullptr;
    int64_t step = 1, most = 0;  ///< of a number: 1 * step, 2 * step, ... most

    std::string text() const { return name + "=" + value; }
    void lift(ScheduleRequest& request) const { word ? void(request.*word = "auto") : void(request.*number = 0); }
  };

  /// The restrictions there are.
  llvm::SmallVector<Restriction> restrictions() const {
    llvm::SmallVector<Restriction> found;
    auto word = [&](const char* name, llvm::StringRef ScheduleRequest::* member) {
      if (this->*member != "auto") found.push_back({name, (this->*member).str(), member});
    };
    auto number = [&](const char* name, int64_t ScheduleRequest::* member, int64_t step, int64_t most) {
      if (this->*member != 0) found.push_back({name, std::to_string(this->*member), nullptr, member, step, most});
    };
    word("family", &ScheduleRequest::family);
    word("softmax", &ScheduleRequest::softmax);
    word("queries", &ScheduleRequest::queries);
    word("mma", &ScheduleRequest::mma);
    word("copies", &ScheduleRequest::copies);
    number("warps", &ScheduleRequest::warps, 1, 16);
    number("stages", &ScheduleRequest::stages, 1, 16);
    number("min-blocks", &ScheduleRequest::minBlocks, 1, 16);
    number("rows-per-block", &ScheduleRequest::rowsPerBlock, 16, 1024);
    number("block-m", &ScheduleRequest::blockM, 16, 256);
    number("block-n", &ScheduleRequest::blockN, 16, 256);
    return found;
  }
};

/// What a search among candidates came to.
struct ScheduleProbe {
  size_t candidates = 0;          ///< that the request allows
  std::optional<Candidate> best;  ///< of those that fit
  Refusal nearest;                ///< if none does: by how little one fails
  Candidate refused = {};         ///< and which one that is
};

/// Why nothing fits, and what would: `single needs 241 KiB of shared memory a block at capacity 1024, sm_90a has 227
/// KiB; nearest that fits: capacity 896 or family=online`. `probe` makes the search for another request, shape or chip.
std::string explainRefusal(
    const ScheduleRequest& request, const AttentionShape& shape, const Chip& chip,
    llvm::function_ref<ScheduleProbe(const ScheduleRequest&, const AttentionShape&, const Chip&)> probe);

}  // namespace raggedc

#endif  // RAGGEDC_PASSES_SCHEDULEREQUEST_H
