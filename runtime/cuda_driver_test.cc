#include "runtime/cuda_driver.h"

#include <gtest/gtest.h>

#include "runtime/doctor.h"
#include "runtime/executor.h"
#include "runtime/strings.h"
#include "runtime/testing.h"

namespace raggedc {
namespace {

TEST(CudaDriverTest, ArchitectureOfADevice) {
  const auto arch = [](int major, int minor) {
    DeviceInfo info;
    info.major = major;
    info.minor = minor;
    return info.Arch();
  };
  EXPECT_EQ(arch(8, 0), "sm_80");
  EXPECT_EQ(arch(8, 9), "sm_89");
  EXPECT_EQ(arch(9, 0), "sm_90a");
  EXPECT_EQ(arch(10, 0), "sm_100a");
  EXPECT_EQ(arch(12, 0), "sm_120");
}

// What a machine without a GPU is told; a machine with one has nothing to be told.
TEST(CudaDriverTest, MissingDriverSaysWhatIsMissing) {
  const Result<const CudaDriver*> driver = CudaDriver::Load();
  if (driver.ok()) GTEST_SKIP() << "this machine has a driver";
  EXPECT_EQ(driver.status().code(), StatusCode::kEnvironment);
  EXPECT_FALSE(driver.status().message().empty());
  EXPECT_EQ(driver.status().message().find('\n'), std::string::npos);
  EXPECT_EQ(CudaDriver::Load().status().message(), driver.status().message());  // and again
}

// Wrong inputs are reported before the missing GPU, so that they can be found anywhere.
TEST(CudaDriverTest, ExecutorChecksInputsFirst) {
  const Result<Manifest> manifest = ParseManifest(
      R"({"raggedc_manifest": 1, "name": "f", "arch": "sm_80", "kernels": [], "launches": [],
          "values": [{"name": "x", "role": "input", "dtype": "f32", "shape": [4]}]})");
  ASSERT_TRUE(manifest.ok()) << manifest.status().message();
  const Result<ExecutionResult> wrong = Execute(*manifest, "", std::vector<Tensor>{MakeTensor("x", DType::kF32, {5})});
  ExpectInvalid(wrong.status(), "expected 'x' to be [4], got [5]");
  if (CudaDriver::Load().ok()) GTEST_SKIP() << "this machine has a driver";
  const Result<ExecutionResult> right = Execute(*manifest, "", std::vector<Tensor>{MakeTensor("x", DType::kF32, {4})});
  EXPECT_EQ(right.status().code(), StatusCode::kEnvironment);
  EXPECT_TRUE(right.status().message().starts_with("expected the NVIDIA driver")) << right.status().message();
}

TEST(DoctorTest, ReportsWhatIsThereAndWhatIsNot) {
  const TemporaryDirectory directory;
  const std::string cache = directory.File("a/b");
  const ScopedEnvironment named("RAGGEDC_CACHE_DIR", cache.c_str());
  const DoctorReport report = Diagnose();
  EXPECT_EQ(report.cache_directory, cache);
  EXPECT_TRUE(report.cache_writable);
  EXPECT_FALSE(std::filesystem::exists(cache));  // looking makes nothing
  EXPECT_EQ(report.nvrtc_status.ok(), !report.nvrtc_version.empty());
  EXPECT_EQ(report.driver_status.ok(), !report.driver_version.empty());
  EXPECT_EQ(report.CanRun(), !report.devices.empty());
}

TEST(DoctorTest, MissingNvrtc) {
  const ScopedEnvironment named("RAGGEDC_NVRTC", "/nowhere/libnvrtc.so");
  const ScopedEnvironment cache("RAGGEDC_CACHE_DIR", "/dev/null/below-a-file");
  const DoctorReport report = Diagnose();
  EXPECT_FALSE(report.CanCompile());
  EXPECT_EQ(report.nvrtc_status.code(), StatusCode::kEnvironment);
  EXPECT_FALSE(report.cache_writable);
}

TEST(StatusWordTest, EveryBitHasWords) {
  EXPECT_EQ(DescribeStatusWord(0), "ok");
  EXPECT_EQ(DescribeStatusWord(kStatusClamped),
            "a sequence is longer than the capacity; its rows beyond it were not written");
  EXPECT_EQ(DescribeStatusWord(3),
            "a sequence is longer than the capacity; its rows beyond it were not written; offsets decrease");
  EXPECT_EQ(DescribeStatusWord(8), "unknown bits 8");
}

}  // namespace
}  // namespace raggedc
