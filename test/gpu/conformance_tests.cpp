//===- conformance_tests.cpp - conformance, as far as it goes without a GPU -===//

#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "runtime/nvrtc.h"
#include "test/cases/Run.h"
#include "test/gpu/Conformance.h"

using namespace raggedc;

namespace {

TEST(Conformance, CasesHaveNoFaultOnTheEmulator) {
  const uint64_t seed = drawSeed();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::set<std::string> kernels;
  for (const ConformanceCase& test : makeConformanceCases(seed)) {
    kernels.insert(test.kernel);
    Result<std::vector<uint8_t>> found = runOnEmulator(test);
    ASSERT_TRUE(found.ok()) << test.label << ": " << found.status().message();
    if (test.kernel != "tensor_load") continue;
    uint32_t gaveUp = 1;
    std::memcpy(&gaveUp, found->data(), 4);
    EXPECT_EQ(gaveUp, 0u) << test.label;
  }
  for (const ConformanceKernel& kernel : getConformanceKernels())
    EXPECT_EQ(kernels.count(kernel.name), 1u) << kernel.name;
}

TEST(Conformance, ShapesAreTheSameEachTime) {
  const std::vector<ConformanceCase> one = makeConformanceCases(1), two = makeConformanceCases(2);
  ASSERT_EQ(one.size(), two.size());
  for (size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].label, two[i].label);
    EXPECT_TRUE(std::equal(one[i].parameters.begin(), one[i].parameters.begin() + 4, two[i].parameters.begin()));
  }
}

TEST(Conformance, CompilesForHopper) {
  Result<std::shared_ptr<const Nvrtc>> nvrtc = Nvrtc::Load();
  ASSERT_TRUE(nvrtc.ok()) << nvrtc.status().message();
  CompileRequest request;
  request.source = getConformanceSource();
  request.name = "conformance_kernels.cuh";
  request.arch = "sm_90a";
  CompileOutput output;
  const Status status = (*nvrtc)->Compile(request, &output);
  EXPECT_TRUE(status.ok()) << status.message();
}

}  // namespace
