//===- Cases.cpp - kernels to run, with inputs -----------------------------===//

#include "test/cases/Cases.h"

#include "runtime/strings.h"

namespace raggedc {

namespace {

std::string formatLengths(const std::vector<int64_t>& lengths) {
  std::string text;
  for (size_t i = 0; i < lengths.size(); ++i) text += StrCat(i ? "," : "", lengths[i]);
  return text;
}

/// The flags that decide what is compiled.
std::string formatFlags(const KernelCase& test) {
  std::string flags;
  auto addWord = [&](const char* flag, const std::string& value, const char* usual) {
    if (value != usual) flags += StrCat(" --", flag, " ", value);
  };
  auto addNumber = [&](const char* flag, int64_t value) {
    if (value > 0) flags += StrCat(" --", flag, " ", value);
  };
  const FamilyRequest request(test.family);
  addWord("family", request.family, "auto");
  addWord("mma", request.mma, "auto");
  addWord("softmax", test.softmax, "auto");
  addWord("copies", test.copies, "auto");
  addNumber("warps", test.warps);
  addNumber("stages", test.stages);
  addNumber("rows-per-block", test.rowsPerBlock);
  addNumber("batch", test.batch);
  addWord("arch", test.arch, "");
  return flags;
}

}  // namespace

std::string KernelCase::label() const {
  return StrCat(spec.empty() ? name : spec, formatFlags(*this));
}

std::string KernelCase::reproduce(const std::string& more) const {
  std::vector<int64_t> all = lengths;
  // Rows that belong to no sequence become sequences, so that the other rows get the same numbers.
  if (rowsBefore > 0) all.insert(all.begin(), rowsBefore);
  if (rowsBehind > 0) all.push_back(rowsBehind);
  std::string options = StrCat(formatFlags(*this), all.empty() ? "" : StrCat(" --lengths ", formatLengths(all)),
                               " --seed ", seed, more, " --check");
  return spec.empty() ? StrCat("raggedc run -", options, " <<'END'\n", text, "END")
                      : StrCat("raggedc run --spec ", spec, options);
}

}  // namespace raggedc
