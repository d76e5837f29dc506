// The executor with small kernels of its own, compiled here for the device that is present. Skipped without one.
#include "runtime/executor.h"

#include <gtest/gtest.h>

#include "runtime/compare.h"
#include "runtime/inputs.h"
#include "runtime/nvrtc.h"
#include "runtime/strings.h"
#include "runtime/testing.h"

namespace raggedc {
namespace {

// Plain attention over f32 (rows, 2, 16), q with a row stride of 96: one block a sequence and head, one thread a row.
constexpr char kAttention[] = R"(
__device__ unsigned ragged_status;
extern "C" __global__ void attention(const float* q, const float* k, const float* v, const int* offsets, float* out) {
  const int b = blockIdx.x / 2, h = blockIdx.x % 2;
  int n = offsets[b + 1] - offsets[b];
  if (n > 40) {
    n = 40;
    if (threadIdx.x == 0) atomicOr(&ragged_status, 1u);
  }
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    const float* qi = q + (long)(offsets[b] + i) * 96 + h * 16;
    float maximum = -1e30f, sum = 0, acc[16] = {};
    for (int pass = 0; pass < 2; ++pass) {
      for (int j = 0; j < n; ++j) {
        const long row = (long)(offsets[b] + j) * 32 + h * 16;
        float s = 0;
        for (int d = 0; d < 16; ++d) s += qi[d] * k[row + d];
        s *= 0.25f;
        if (pass == 0) {
          maximum = fmaxf(maximum, s);
        } else {
          const float p = expf(s - maximum);
          sum += p;
          for (int d = 0; d < 16; ++d) acc[d] += p * v[row + d];
        }
      }
    }
    for (int d = 0; d < 16; ++d) out[(long)(offsets[b] + i) * 48 + h * 16 + d] = acc[d] / sum;
  }
}
)";

constexpr char kAttentionManifest[] = R"({
  "raggedc_manifest": 1, "name": "f", "arch": "ARCH",
  "values": [
    {"name": "q", "role": "input", "dtype": "f32", "shape": [{"value": "q", "dim": 0}, 2, 16], "strides": [96, 16, 1]},
    {"name": "k", "role": "input", "dtype": "f32", "shape": [{"value": "q", "dim": 0}, 2, 16]},
    {"name": "v", "role": "input", "dtype": "f32", "shape": [{"value": "q", "dim": 0}, 2, 16]},
    {"name": "offsets", "role": "input", "dtype": "i32", "shape": [{"value": "offsets", "dim": 0}]},
    {"name": "out", "role": "output", "dtype": "f32", "shape": [{"value": "q", "dim": 0}, 2, 16], "strides": [48, 16, 1]}],
  "kernels": [
    {"symbol": "attention", "op": "attention", "params": ["q", "k", "v", "offsets", "out"], "block": [64, 1, 1],
     "shared_bytes": 65536, "status_symbol": "ragged_status", "spec": {"max_seqlen": 40}}],
  "launches": [
    {"kernel": "attention", "args": ["q", "k", "v", "offsets", "out"],
     "grid": [{"value": "offsets", "dim": 0, "add": -1, "mul": 2}, 1, 1]}]})";

// Writes where it should not: in front of and behind `out` and between its rows, and into its input.
constexpr char kWild[] = R"(
extern "C" __global__ void wild(float* x, float* out) {
  if (threadIdx.x != 0) return;
  for (int row = 0; row < 4; ++row) out[row * 16] = x[row];
  out[-3] = 1;
  out[3 * 16 + 8] = 2;
  out[20] = 3;
  x[1] = 4;
}
)";

constexpr char kWildManifest[] = R"({
  "raggedc_manifest": 1, "name": "f", "arch": "ARCH",
  "values": [
    {"name": "x", "role": "input", "dtype": "f32", "shape": [4]},
    {"name": "out", "role": "output", "dtype": "f32", "shape": [4, 1], "strides": [16, 1]}],
  "kernels": [{"symbol": "wild", "op": "attention", "params": ["x", "out"], "block": [32, 1, 1], "shared_bytes": 0}],
  "launches": [{"kernel": "wild", "args": ["x", "out"], "grid": [1, 1, 1]}]})";

class ExecutorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const Result<const CudaDriver*> driver = CudaDriver::Load();
    if (!driver.ok()) GTEST_SKIP() << driver.status().message();
    const Result<std::vector<DeviceInfo>> devices = (*driver)->Devices();
    if (!devices.ok()) GTEST_SKIP() << devices.status().message();
    device_ = devices->front();
    Result<std::shared_ptr<const Nvrtc>> nvrtc = Nvrtc::Load();
    if (!nvrtc.ok()) GTEST_SKIP() << nvrtc.status().message();
    nvrtc_ = *nvrtc;
  }

  std::string Compile(const char* source, const std::string& arch) const {
    CompileRequest request;
    request.source = source;
    request.arch = arch;
    CompileOutput output;
    const Status status = nvrtc_->Compile(request, &output);
    EXPECT_TRUE(status.ok()) << status.message();
    return output.cubin;
  }

  Manifest ManifestOf(std::string text) const {
    text.replace(text.find("ARCH"), 4, device_.Arch());
    Result<Manifest> manifest = ParseManifest(text);
    EXPECT_TRUE(manifest.ok()) << manifest.status().message();
    return *manifest;
  }

  Program AttentionProgram() const { return ProgramFromSpec(*ParseSpec("f32,heads=2,dim=16,max_seqlen=40")); }

  DeviceInfo device_;
  std::shared_ptr<const Nvrtc> nvrtc_;
};

TEST_F(ExecutorTest, MatchesTheReferenceAndStaysInBounds) {
  const Manifest manifest = ManifestOf(kAttentionManifest);
  const std::vector<Tensor> inputs = *GenerateInputs(AttentionProgram(), std::vector<int64_t>{3, 0, 40, 1, 17}, 1);
  const TimingOptions timing;
  const Result<ExecutionResult> result =
      Execute(manifest, Compile(kAttention, device_.Arch()), inputs, {.guard_bytes = 1000}, &timing);
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->report.status_word, 0u);
  EXPECT_EQ(result->report.violations, std::vector<std::string>());
  EXPECT_EQ(result->report.notes, std::vector<std::string>());
  const ReferenceResult reference = *RunProgram(AttentionProgram(), inputs);
  const Comparison comparison = *Compare(result->outputs.at(0), *reference.Find("out"), true);
  EXPECT_TRUE(comparison.Passes(1e-6)) << Describe(comparison);
  EXPECT_EQ(result->timing.samples_us.size(), 20u);
  EXPECT_GT(result->timing.median_us, 0.1);
  EXPECT_LT(result->timing.median_us, 10000);
}

TEST_F(ExecutorTest, ClampingIsReportedAndClearedBeforeTheNextRun) {
  const Manifest manifest = ManifestOf(kAttentionManifest);
  const std::vector<Tensor> inputs = *GenerateInputs(AttentionProgram(), std::vector<int64_t>{45, 5}, 1);
  Result<std::unique_ptr<Executor>> executor =
      Executor::Create(manifest, Compile(kAttention, device_.Arch()), inputs, {.guard_bytes = 4096});
  ASSERT_TRUE(executor.ok()) << executor.status().message();
  for (int run = 0; run < 2; ++run) {
    RAGGEDC_ASSERT_OK((*executor)->Run());
    const ExecutionReport report = *(*executor)->Check();
    EXPECT_EQ(report.status_word, uint32_t{kStatusClamped});
    EXPECT_TRUE(report.violations.empty());
    EXPECT_EQ(report.notes.size(), 1u);
    const std::vector<Tensor> outputs = *(*executor)->Outputs();
    const ReferenceResult reference = *RunProgram(AttentionProgram(), inputs);
    const Comparison comparison = *Compare(outputs.at(0), *reference.Find("out"), true);
    EXPECT_TRUE(comparison.Passes(1e-6)) << Describe(comparison);
    EXPECT_EQ(comparison.compared, 45 * 32);
  }
  const Result<int> occupancy = (*executor)->Occupancy("attention");
  ASSERT_TRUE(occupancy.ok()) << occupancy.status().message();
  EXPECT_GE(*occupancy, 1);
  EXPECT_FALSE((*executor)->Occupancy("another").ok());
  EXPECT_TRUE((*executor)->Time({.replays = 3, .cold_l2 = true}).ok());
}

TEST_F(ExecutorTest, WildWritesAreFound) {
  Tensor x = MakeTensor("x", DType::kF32, {4});
  for (int64_t i = 0; i < 4; ++i) x.Set(i, 1 + static_cast<double>(i));
  const Result<ExecutionResult> result =
      Execute(ManifestOf(kWildManifest), Compile(kWild, device_.Arch()), std::vector<Tensor>{x}, {.guard_bytes = 256});
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->report.violations,
            (std::vector<std::string>{
                "'x': a kernel changed this input: 1 byte at +6",
                "'out': a kernel wrote in front of the buffer: 4 bytes from +244 of the guard zone of 256",
                "'out': a kernel wrote behind the buffer: 4 bytes from +28 of the guard zone of 256",
                "'out': a kernel wrote between the rows: 4 bytes from +80"}));
  for (int64_t i = 0; i < 4; ++i) EXPECT_EQ(result->outputs.at(0).Get(i), 1 + static_cast<double>(i));
}

TEST_F(ExecutorTest, EmptyBatchLaunchesNothing) {
  const std::vector<Tensor> inputs = *GenerateInputs(AttentionProgram(), std::vector<int64_t>{}, 1);
  const Result<ExecutionResult> result =
      Execute(ManifestOf(kAttentionManifest), Compile(kAttention, device_.Arch()), inputs);
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->outputs.at(0).shape, (std::vector<int64_t>{0, 2, 16}));
}

TEST_F(ExecutorTest, WrongModulesAreErrors) {
  const Manifest manifest = ManifestOf(kAttentionManifest);
  const std::vector<Tensor> inputs = *GenerateInputs(AttentionProgram(), std::vector<int64_t>{4}, 1);
  const auto run = [&](const std::string& cubin, const Manifest& of, int device = 0) {
    return Execute(of, cubin, inputs, {.device = device}).status();
  };
  EXPECT_FALSE(run("not a cubin, and padded to a length that a header could have....................", manifest).ok());
  const Status symbol = run(Compile(kWild, device_.Arch()), manifest);
  EXPECT_TRUE(symbol.message().starts_with("kernel attention: expected cuLibraryGetKernel to succeed"))
      << symbol.message();
  const Status other_arch = run(Compile(kAttention, device_.major == 8 ? "sm_90" : "sm_86"), manifest);
  EXPECT_EQ(other_arch.code(), StatusCode::kEnvironment) << other_arch.message();
  Manifest greedy = manifest;
  greedy.kernels[0].shared_bytes = 1 << 20;
  const Status shared = run(Compile(kAttention, device_.Arch()), greedy);
  EXPECT_EQ(shared.code(), StatusCode::kEnvironment) << shared.message();
  const Status device = run(Compile(kAttention, device_.Arch()), manifest, 99);
  EXPECT_EQ(device.code(), StatusCode::kInvalidArgument) << device.message();
}

// Last: a fault leaves the context unusable for the rest of the process.
TEST_F(ExecutorTest, ZFaultIsAnError) {
  const std::string cubin = Compile(R"(
    extern "C" __global__ void wild(float* x, float* out) { *(volatile float*)8 = x[0] + out[0]; }
  )",
                                    device_.Arch());
  const Status status =
      Execute(ManifestOf(kWildManifest), cubin, std::vector<Tensor>{MakeTensor("x", DType::kF32, {4})}).status();
  EXPECT_EQ(status.code(), StatusCode::kInternal);
  EXPECT_TRUE(
      status.message().starts_with("running the kernels: expected cuStreamSynchronize to succeed, got CUDA_ERROR_"))
      << status.message();
}

}  // namespace
}  // namespace raggedc
