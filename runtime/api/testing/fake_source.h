// Kernels for the fake driver, and a source of them that tests can slow down, fail and count.
#ifndef RAGGEDC_RUNTIME_API_TESTING_FAKE_SOURCE_H_
#define RAGGEDC_RUNTIME_API_TESTING_FAKE_SOURCE_H_

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "runtime/api/context.h"
#include "runtime/api/testing/fake_cuda.h"
#include "runtime/strings.h"
#include "runtime/testing.h"

namespace raggedc {

// "kernel_12x64_208" for 12 heads of 64 and a capacity of 208; "kernel_12x64_208_quick" for the quick one.
inline std::string FakeSymbol(const Spec& spec, bool quick = false) {
  return StrCat("kernel_", spec.heads, "x", spec.dim, "_", spec.max_seqlen, spec.causal ? "_causal" : "",
                quick ? "_quick" : "");
}

// As the code generator's: blocks of 128 threads, one for each sequence and head.
inline CompiledKernel FakeKernel(const Spec& spec, const std::string& arch, bool quick = false) {
  CompiledKernel kernel;
  Manifest& manifest = kernel.manifest;
  manifest.name = "ragged";
  manifest.arch = arch;
  const auto rows_of = [](const std::string& value) { return ManifestDim{value, 0, 0, 1, 0}; };
  const auto constant = [](int64_t number) { return ManifestDim{"", 0, 0, 1, number}; };
  std::vector<std::string> params;
  const auto input = [&](const std::string& name, std::vector<ManifestDim> shape, DType dtype) {
    manifest.values.push_back({name, ValueRole::kInput, dtype, std::move(shape), {}});
    params.push_back(name);
  };
  const std::string first = spec.packed ? "qkv" : "q";
  for (const std::string& name :
       spec.packed ? std::vector<std::string>{"qkv"} : std::vector<std::string>{"q", "k", "v"}) {
    input(name, {rows_of(name), constant(spec.heads), constant(spec.dim)}, spec.dtype);
  }
  input("offsets", {rows_of("offsets")}, DType::kI32);
  manifest.values.push_back(
      {"out", ValueRole::kOutput, spec.dtype, {rows_of(first), constant(spec.heads), constant(spec.dim_v)}, {}});
  params.push_back("out");
  ManifestKernel described;
  described.symbol = FakeSymbol(spec, quick);
  described.op = "attention";
  described.params = params;
  described.block = {128, 1, 1};
  described.shared_bytes = 61440;
  described.status_symbol = "ragged_status";
  described.programmatic_launch = arch >= "sm_90" || arch.size() > 6;  // three digits
  described.capacity = spec.max_seqlen;
  described.family = "single";
  manifest.kernels.push_back(described);
  ManifestLaunch launch;
  launch.kernel = described.symbol;
  launch.args = params;
  launch.grid = {ManifestDim{"offsets", 0, -1, spec.heads, 0}, constant(1), constant(1)};
  manifest.launches.push_back(launch);
  kernel.cubin = fake_cuda::Image(arch, described.symbol, static_cast<int>(params.size()));
  return kernel;
}

// What a FakeSource does, shared with the test that watches it.
struct FakeSourceState {
  std::atomic<int> finds{0}, compilations{0};
  std::atomic<int> fail_compilations{0};           // so many from now on
  std::chrono::milliseconds delay{0};              // of a compilation
  std::function<void(const KernelRequest&)> wait;  // called by each compilation
  std::function<void(CompiledKernel&)> change;     // of what was compiled
  std::mutex mutex;
  std::set<std::string> at_hand;  // specs in canonical form, without an architecture, with " quick" where it is that
  std::vector<std::string> compiled;
};

class FakeSource : public KernelSource {
 public:
  explicit FakeSource(std::shared_ptr<FakeSourceState> state) : state_(std::move(state)) {}

  Result<Value> Find(const KernelRequest& request) override {
    ++state_->finds;
    const std::lock_guard<std::mutex> lock(state_->mutex);
    if (!state_->at_hand.contains(NameOf(request))) return Value();
    return Value(
        std::make_shared<const CompiledKernel>(FakeKernel(request.spec.spec, request.arch, request.spec.quick)));
  }

  Result<Value> Compile(const KernelRequest& request, bool* is_new) override {
    *is_new = true;
    ++state_->compilations;
    if (state_->wait) state_->wait(request);
    std::this_thread::sleep_for(state_->delay);
    if (state_->fail_compilations.load() > 0 && state_->fail_compilations.fetch_sub(1) > 0) {
      return InternalError("expected this to fail");
    }
    CompiledKernel kernel = FakeKernel(request.spec.spec, request.arch, request.spec.quick);
    if (state_->change) state_->change(kernel);
    const std::lock_guard<std::mutex> lock(state_->mutex);
    state_->compiled.push_back(NameOf(request));
    return Value(std::make_shared<const CompiledKernel>(std::move(kernel)));
  }

 private:
  static std::string NameOf(const KernelRequest& request) {
    return ToString(request.spec) + (request.spec.quick ? " quick" : "");
  }
  const std::shared_ptr<FakeSourceState> state_;
};

// A fake driver at its start, and a context over it and a FakeSource.
class FakeContextTest : public ::testing::Test {
 protected:
  FakeContextTest() { fake_cuda::Reset(); }
  ~FakeContextTest() override {
    raggedc_context_destroy(context_);
    for (void* stream : streams_) fake_cuda::DestroyStream(stream);
    EXPECT_EQ(fake_cuda::Violations(), std::vector<std::string>());
  }

  void MakeContext(std::vector<int> devices = {90}) {
    fake_cuda::SetDevices(devices);
    if (settings_.driver_library == ContextSettings().driver_library) settings_.driver_library = RAGGEDC_FAKE_CUDA;
    settings_.warn = [this](const std::string& text) {
      const std::lock_guard<std::mutex> lock(source_->mutex);
      warnings_.push_back(text);
    };
    raggedc_context_destroy(context_);
    context_ = new raggedc_context;
    const ApiStatus status = Context::Create(settings_, std::make_unique<FakeSource>(source_), &context_->impl);
    ASSERT_TRUE(status.ok()) << status.text();
  }

  void* Stream(int device = 0) { return streams_.emplace_back(fake_cuda::MakeStream(device)); }

  static raggedc_spec Spec(int32_t max_seqlen = 197, int32_t heads = 12, int32_t dim = 64) {
    raggedc_spec spec = RAGGEDC_SPEC_INIT;
    spec.heads = heads;
    spec.dim = dim;
    spec.max_seqlen = max_seqlen;
    return spec;
  }

  // Addresses that no two parameters share.
  static raggedc_launch_args Args(uint32_t sequences = 3) {
    raggedc_launch_args args = RAGGEDC_LAUNCH_ARGS_INIT;
    args.sequences = sequences;
    args.q = reinterpret_cast<void*>(0x1000);
    args.k = reinterpret_cast<void*>(0x2000);
    args.v = reinterpret_cast<void*>(0x3000);
    args.offsets = reinterpret_cast<int32_t*>(0x4004);
    args.out = reinterpret_cast<void*>(0x5000);
    return args;
  }

  raggedc_status Launch(const raggedc_spec& spec, void* stream, uint32_t sequences = 3) {
    const raggedc_launch_args args = Args(sequences);
    return raggedc_launch(context_, &spec, &args, stream);
  }

  raggedc_kernel* GetKernel(const raggedc_spec& spec, int device = 0) {
    raggedc_kernel* kernel = nullptr;
    EXPECT_EQ(raggedc_kernel_get(context_, &spec, device, &kernel), RAGGEDC_OK) << raggedc_last_error();
    return kernel;
  }

  raggedc_context_stats Stats() {
    raggedc_context_stats stats = RAGGEDC_CONTEXT_STATS_INIT;
    EXPECT_EQ(raggedc_context_stats_get(context_, &stats), RAGGEDC_OK) << raggedc_last_error();
    return stats;
  }

  // Symbols of the launches since the last call.
  static std::vector<std::string> LaunchedSymbols() {
    std::vector<std::string> symbols;
    for (const fake_cuda::Launch& launch : fake_cuda::TakeLaunches()) symbols.push_back(launch.symbol);
    return symbols;
  }

  std::shared_ptr<FakeSourceState> source_ = std::make_shared<FakeSourceState>();
  ContextSettings settings_;
  raggedc_context* context_ = nullptr;
  std::vector<std::string> warnings_;
  std::vector<void*> streams_;
};

#define RAGGEDC_EXPECT_OK(expression) EXPECT_EQ(expression, RAGGEDC_OK) << raggedc_last_error()
#define RAGGEDC_EXPECT_ERROR(expression, code, text) \
  do {                                               \
    EXPECT_EQ(expression, code);                     \
    EXPECT_STREQ(raggedc_last_error(), text);        \
  } while (false)

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_API_TESTING_FAKE_SOURCE_H_
