#include "runtime/resource_report.h"

#include <gtest/gtest.h>

namespace raggedc {
namespace {

TEST(ResourceReportTest, KernelsOfALog) {
  const Result<std::vector<KernelResources>> report = ParseResourceReport(
      "kernel.cu(1): warning #550-D: variable \"s\" was set but never used\n"
      "ptxas info    : 4 bytes gmem, 8 bytes cmem[4]\n"
      "ptxas info    : Compiling entry function 'k2' for 'sm_80'\n"
      "ptxas info    : Function properties for k2\n"
      "ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
      "ptxas info    : Used 8 registers, used 0 barriers, 1024 bytes smem, 360 bytes cmem[0]\n"
      "ptxas info    : Compile time = 35.973 ms\n"
      "ptxas info    : Compiling entry function 'k' for 'sm_80'\n"
      "ptxas info    : Function properties for k\n"
      "ptxas         .     1200 bytes stack frame, 1732 bytes spill stores, 1896 bytes spill loads\n"
      "ptxas info    : Used 32 registers, used 1 barriers, 1208 bytes cumulative stack size, 364 bytes cmem[0]\n"
      "ptxas info    : Compile time = 81.256 ms\n");
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(*report, (std::vector<KernelResources>{
                         {.symbol = "k2", .registers = 8, .static_shared_bytes = 1024, .ptxas_milliseconds = 35.973},
                         {.symbol = "k",
                          .registers = 32,
                          .stack_bytes = 1208,
                          .spill_store_bytes = 1732,
                          .spill_load_bytes = 1896,
                          .barriers = 1,
                          .ptxas_milliseconds = 81.256}}));
  EXPECT_EQ(FindResources(*report, "k")->registers, 32);
  EXPECT_EQ(FindResources(*report, "x"), nullptr);
}

// The warning comes before the reports and names its function.
TEST(ResourceReportTest, SerializedProducts) {
  const char* const kReports =
      "ptxas info    : Compiling entry function 'k' for 'sm_90a'\n"
      "ptxas info    : Function properties for k\n"
      "ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
      "ptxas info    : Used 128 registers, used 1 barriers\n"
      "ptxas info    : Compiling entry function 'other' for 'sm_90a'\n"
      "ptxas info    : Function properties for other\n"
      "ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
      "ptxas info    : Used 128 registers, used 1 barriers\n";
  const Result<std::vector<KernelResources>> report = ParseResourceReport(
      std::string("ptxas info    : (C7514) Potential Performance Loss: wgmma.mma_async instructions are serialized due "
                  "to non wgmma instructions reading accumulator registers of  a wgmma between start and end of the "
                  "pipeline stage in the function 'k'\n") +
      kReports);
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_TRUE(FindResources(*report, "k")->serialized);
  EXPECT_FALSE(FindResources(*report, "other")->serialized);
  EXPECT_TRUE(CheckNotSerialized(*FindResources(*report, "other")).ok());
  EXPECT_EQ(CheckNotSerialized(*FindResources(*report, "k")).message(),
            "expected the products of kernel k to overlap, got a warning of ptxas that they are serialized");
}

// The form of the stand-alone ptxas and of CUDA 12, and a function that was not inlined.
TEST(ResourceReportTest, CalledFunctionsCount) {
  const Result<std::vector<KernelResources>> report = ParseResourceReport(
      "ptxas info    : Compiling entry function 'k' for 'sm_90a'\n"
      "ptxas info    : Function properties for k\n"
      "    16 bytes stack frame, 4 bytes spill stores, 4 bytes spill loads\n"
      "ptxas info    : Used 40 registers\n"
      "ptxas info    : Function properties for helper\n"
      "    64 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads\n");
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->front().spill_store_bytes, 12);
  EXPECT_EQ(report->front().spill_load_bytes, 16);
  EXPECT_EQ(report->front().stack_bytes, 16);
  EXPECT_EQ(report->front().ptxas_milliseconds, 0);
}

TEST(ResourceReportTest, LogWithoutAReport) {
  EXPECT_EQ(ParseResourceReport("").status().message(), "expected a ptxas report in the compiler's log, got none");
  EXPECT_EQ(ParseResourceReport("ptxas info    : Compiling entry function 'k' for 'sm_80'\n").status().message(),
            "expected ptxas to report registers and spills of k, got a log without them");
}

TEST(ResourceReportTest, SpillsAreErrors) {
  EXPECT_TRUE(CheckNoSpills({.symbol = "k", .registers = 255}).ok());
  const Status status = CheckNoSpills(
      {.symbol = "k", .registers = 255, .stack_bytes = 8, .spill_store_bytes = 4, .spill_load_bytes = 12});
  EXPECT_EQ(status.code(), StatusCode::kInternal);
  EXPECT_EQ(status.message(),
            "expected kernel k to keep its values in registers, got 4 bytes of spill stores, 12 of spill loads and a "
            "stack of 8 with 255 registers a thread");
  EXPECT_FALSE(CheckNoSpills({.symbol = "k", .stack_bytes = 8}).ok());
}

}  // namespace
}  // namespace raggedc
