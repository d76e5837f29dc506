// The C API as a caller meets it: what is refused, and that launches are what was asked for.
#include <gtest/gtest.h>

#include <cstring>

#include "runtime/api/testing/fake_source.h"

namespace raggedc {
namespace {

using CApiTest = FakeContextTest;

TEST_F(CApiTest, LaunchPassesPointersAndGrid) {
  MakeContext();
  void* stream = Stream();
  RAGGEDC_EXPECT_OK(Launch(Spec(), stream, 3));
  RAGGEDC_EXPECT_OK(Launch(Spec(), stream, 5));
  const std::vector<fake_cuda::Launch> launches = fake_cuda::TakeLaunches();
  ASSERT_EQ(launches.size(), 2u);
  for (const fake_cuda::Launch& launch : launches) {
    EXPECT_EQ(launch.symbol, "kernel_12x64_208");
    EXPECT_EQ(launch.params, (std::vector<uint64_t>{0x1000, 0x2000, 0x3000, 0x4004, 0x5000}));
    EXPECT_EQ(launch.block[0], 128u);
    EXPECT_EQ(launch.shared_bytes, 61440u);
    EXPECT_EQ(launch.stream, stream);
    EXPECT_EQ(launch.grid[1], 1u);
    EXPECT_EQ(launch.grid[2], 1u);
  }
  EXPECT_EQ(launches[0].grid[0], 36u);
  EXPECT_EQ(launches[1].grid[0], 60u);
  EXPECT_EQ(source_->compilations, 1);
}

// Asking for the clock rate or the memory takes a driver longer than all the rest.
TEST_F(CApiTest, ContextsAskForWhatLaunchesNeed) {
  MakeContext({90, 86});
  RAGGEDC_EXPECT_OK(Launch(Spec(), nullptr));
  EXPECT_EQ(fake_cuda::GetCounts().device_descriptions, 0);
  const CudaDriver* driver = *CudaDriver::Load(RAGGEDC_FAKE_CUDA);
  const Result<DeviceDescription> described = driver->Describe(1);
  ASSERT_TRUE(described.ok()) << described.status().message();
  EXPECT_EQ(described->name, "Fake GPU");
  EXPECT_EQ(described->memory_bytes, int64_t{1} << 30);
  EXPECT_EQ(fake_cuda::GetCounts().device_descriptions, 3);
  EXPECT_FALSE(driver->Describe(2).ok());
  EXPECT_EQ(driver->NameOf(2), "device 2");
}

TEST_F(CApiTest, PackedTakesThreePointers) {
  MakeContext();
  raggedc_spec spec = Spec();
  spec.flags = RAGGEDC_PACKED;
  raggedc_launch_args args = Args();
  args.k = args.v = nullptr;
  RAGGEDC_EXPECT_OK(raggedc_launch(context_, &spec, &args, nullptr));
  EXPECT_EQ(fake_cuda::TakeLaunches().at(0).params, (std::vector<uint64_t>{0x1000, 0x4004, 0x5000}));
}

TEST_F(CApiTest, NoSequencesLaunchNothing) {
  MakeContext();
  RAGGEDC_EXPECT_OK(Launch(Spec(), nullptr, 0));
  EXPECT_TRUE(fake_cuda::TakeLaunches().empty());
}

TEST_F(CApiTest, WrongArgumentsAreNamedAndLaunchNothing) {
  MakeContext();
  const raggedc_spec spec = Spec();
  const auto launch = [&](auto change) {
    raggedc_launch_args args = Args();
    change(args);
    return raggedc_launch(context_, &spec, &args, nullptr);
  };
  const raggedc_status invalid = RAGGEDC_ERROR_INVALID_ARGUMENT;
  for (int round = 0; round < 2; ++round) {  // the kernel being made, and at hand
    RAGGEDC_EXPECT_ERROR(launch([](auto& args) { args.q = nullptr; }), invalid,
                         "expected a device address as q, got null");
    RAGGEDC_EXPECT_ERROR(launch([](auto& args) { args.out = nullptr; }), invalid,
                         "expected a device address as out, got null");
    RAGGEDC_EXPECT_ERROR(launch([](auto& args) { args.v = reinterpret_cast<void*>(0x3008); }), invalid,
                         "expected v to begin at a multiple of 16 bytes, got 8 beyond one");
    RAGGEDC_EXPECT_ERROR(launch([](auto& args) { args.offsets = reinterpret_cast<int32_t*>(0x4002); }), invalid,
                         "expected offsets to begin at a multiple of 4 bytes, got 2 beyond one");
    RAGGEDC_EXPECT_ERROR(launch([](auto& args) { args.sequences = 178956971; }), invalid,
                         "expected at most 178956970 sequences, got 178956971");
    RAGGEDC_EXPECT_ERROR(launch([](auto& args) { args.struct_size = 8; }), invalid,
                         "expected the struct_size of raggedc_launch_args to be 72 or more, got 8; begin with its "
                         "_INIT macro");
  }
  EXPECT_TRUE(fake_cuda::TakeLaunches().empty());
  RAGGEDC_EXPECT_OK(launch([](auto& args) { args.sequences = 178956970; }));
  EXPECT_EQ(fake_cuda::TakeLaunches().at(0).grid[0], 2147483640u);
}

TEST_F(CApiTest, NullIsNamed) {
  MakeContext();
  const raggedc_spec spec = Spec();
  const raggedc_launch_args args = Args();
  const raggedc_status invalid = RAGGEDC_ERROR_INVALID_ARGUMENT;
  RAGGEDC_EXPECT_ERROR(raggedc_launch(nullptr, &spec, &args, nullptr), invalid, "expected context, got null");
  RAGGEDC_EXPECT_ERROR(raggedc_launch(context_, nullptr, &args, nullptr), invalid, "expected spec, got null");
  RAGGEDC_EXPECT_ERROR(raggedc_launch(context_, &spec, nullptr, nullptr), invalid, "expected args, got null");
  RAGGEDC_EXPECT_ERROR(raggedc_kernel_get(context_, &spec, 0, nullptr), invalid, "expected kernel, got null");
  raggedc_kernel* kernel = nullptr;
  RAGGEDC_EXPECT_ERROR(raggedc_kernel_get(context_, nullptr, 0, &kernel), invalid, "expected spec, got null");
  RAGGEDC_EXPECT_ERROR(raggedc_kernel_launch(nullptr, &args, nullptr), invalid, "expected kernel, got null");
  RAGGEDC_EXPECT_ERROR(raggedc_prepared_launch(nullptr, nullptr), invalid, "expected prepared, got null");
  RAGGEDC_EXPECT_ERROR(raggedc_prepared_launch_graph(nullptr, nullptr), invalid, "expected prepared, got null");
  RAGGEDC_EXPECT_ERROR(raggedc_context_check(nullptr, nullptr, nullptr), invalid, "expected context, got null");
  RAGGEDC_EXPECT_ERROR(raggedc_context_create(nullptr, nullptr), invalid, "expected context, got null");
  RAGGEDC_EXPECT_ERROR(raggedc_spec_parse(nullptr, nullptr), invalid, "expected text, got null");
  raggedc_kernel_release(nullptr);
  raggedc_prepared_destroy(nullptr);
  raggedc_context_destroy(nullptr);
}

TEST_F(CApiTest, WrongSpecsAreNamed) {
  MakeContext();
  const auto launch = [&](auto change) {
    raggedc_spec spec = Spec();
    change(spec);
    return Launch(spec, nullptr);
  };
  const raggedc_status invalid = RAGGEDC_ERROR_INVALID_ARGUMENT;
  RAGGEDC_EXPECT_ERROR(launch([](auto& spec) { spec.dim = 60; }), invalid,
                       "expected dim to be a multiple of 8 in 16..256, got 60");
  RAGGEDC_EXPECT_ERROR(launch([](auto& spec) { spec.dtype = 3; }), invalid,
                       "expected dtype to be RAGGEDC_BF16, RAGGEDC_F16 or RAGGEDC_F32, got 3");
  RAGGEDC_EXPECT_ERROR(launch([](auto& spec) { spec.flags = 9; }), invalid,
                       "expected no flags but RAGGEDC_CAUSAL, RAGGEDC_PACKED and RAGGEDC_EXACT, got bits 8");
  RAGGEDC_EXPECT_ERROR(launch([](auto& spec) { spec.max_seqlen = 65537; }), invalid,
                       "expected max_seqlen to be an integer in 1..65536, got 65537");
  RAGGEDC_EXPECT_ERROR(launch([](auto& spec) { spec.batch = -1; }), invalid,
                       "expected batch to be in 0..1048576, got -1");
  RAGGEDC_EXPECT_ERROR(launch([](auto& spec) { spec.q_strides[0] = 64; }), invalid,
                       "expected q_strides to hold multiples of 8 in 8..2147483640, got '0'");
  RAGGEDC_EXPECT_ERROR(launch([](auto& spec) { spec.struct_size = 0; }), invalid,
                       "expected the struct_size of raggedc_spec to be 136, got 0; begin with RAGGEDC_SPEC_INIT");
  EXPECT_EQ(source_->compilations, 0);
}

TEST_F(CApiTest, StructuresOfANewerHeader) {
  MakeContext();
  struct Newer {
    raggedc_spec known = RAGGEDC_SPEC_INIT;
    int64_t unknown = 0;
  } newer;
  newer.known = Spec();
  newer.known.struct_size = sizeof(newer);
  const raggedc_launch_args args = Args();
  RAGGEDC_EXPECT_OK(raggedc_launch(context_, &newer.known, &args, nullptr));
  RAGGEDC_EXPECT_OK(raggedc_launch(context_, &newer.known, &args, nullptr));
  EXPECT_EQ(LaunchedSymbols().size(), 2u);
  newer.unknown = 1;
  RAGGEDC_EXPECT_ERROR(raggedc_launch(context_, &newer.known, &args, nullptr), RAGGEDC_ERROR_INVALID_ARGUMENT,
                       "expected a raggedc_spec of 136 bytes, got one of a newer header with fields that this library "
                       "does not know");
}

TEST_F(CApiTest, SpecsInTextAndBack) {
  raggedc_spec spec = RAGGEDC_SPEC_INIT;
  RAGGEDC_EXPECT_OK(raggedc_spec_parse("f16,heads=8,dim=64,max_seqlen=197,causal,exact,batch=4", &spec));
  EXPECT_EQ(spec.dtype, uint32_t{RAGGEDC_F16});
  EXPECT_EQ(spec.flags, uint32_t{RAGGEDC_CAUSAL | RAGGEDC_EXACT});
  EXPECT_EQ(spec.heads, 8);
  EXPECT_EQ(spec.max_seqlen, 197);
  EXPECT_EQ(spec.batch, 4);
  size_t needed = 0;
  RAGGEDC_EXPECT_OK(raggedc_spec_print(&spec, nullptr, 0, &needed));
  std::string text(needed, 'x');
  RAGGEDC_EXPECT_OK(raggedc_spec_print(&spec, text.data(), text.size(), nullptr));
  EXPECT_STREQ(text.c_str(), "f16,heads=8,dim=64,max_seqlen=197,causal,batch=4,exact");
  raggedc_spec again = RAGGEDC_SPEC_INIT;
  RAGGEDC_EXPECT_OK(raggedc_spec_parse(text.c_str(), &again));
  EXPECT_EQ(std::memcmp(&spec, &again, sizeof(spec)), 0);
  RAGGEDC_EXPECT_ERROR(raggedc_spec_print(&spec, text.data(), needed - 1, nullptr), RAGGEDC_ERROR_INVALID_ARGUMENT,
                       StrCat("expected room for ", needed, " bytes, got ", needed - 1).c_str());
  RAGGEDC_EXPECT_ERROR(raggedc_spec_parse("bf16,heads=1,dim=64", &spec), RAGGEDC_ERROR_INVALID_ARGUMENT,
                       "expected max_seqlen=VALUE, got none");
  RAGGEDC_EXPECT_ERROR(raggedc_spec_parse("bf16,heads=1,dim=64,max_seqlen=9,batch=0", &spec),
                       RAGGEDC_ERROR_INVALID_ARGUMENT, "expected batch once, an integer in 1..1048576, got '0'");
}

TEST_F(CApiTest, StridesTravel) {
  raggedc_spec spec = RAGGEDC_SPEC_INIT;
  const char* text = "bf16,heads=4,dim=64,max_seqlen=64,q_strides=768x64,out_strides=512x128";
  RAGGEDC_EXPECT_OK(raggedc_spec_parse(text, &spec));
  EXPECT_EQ(spec.q_strides[0], 768);
  EXPECT_EQ(spec.out_strides[1], 128);
  MakeContext();
  RAGGEDC_EXPECT_OK(Launch(spec, nullptr));
  EXPECT_EQ(source_->compiled.at(0), text);
}

// Ways to say the same are one kernel.
TEST_F(CApiTest, OneKernelForOneMeaning) {
  MakeContext();
  raggedc_spec full = Spec();
  full.kv_heads = 12;
  full.dim_v = 64;
  full.scale = 0.125f;
  full.q_strides[0] = 768;  // dense
  full.q_strides[1] = 64;
  for (int round = 0; round < 3; ++round) {
    RAGGEDC_EXPECT_OK(Launch(Spec(197), nullptr));
    RAGGEDC_EXPECT_OK(Launch(Spec(200), nullptr));
    RAGGEDC_EXPECT_OK(Launch(full, nullptr));
  }
  EXPECT_EQ(source_->compilations, 1);
  EXPECT_EQ(Stats().kernels, 1u);
  EXPECT_EQ(Stats().loaded, 1u);
  raggedc_spec other = Spec();
  other.scale = 0.25f;
  RAGGEDC_EXPECT_OK(Launch(other, nullptr));
  EXPECT_EQ(source_->compilations, 2);
}

TEST_F(CApiTest, KernelHandles) {
  MakeContext();
  raggedc_kernel* kernel = GetKernel(Spec());
  ASSERT_NE(kernel, nullptr);
  EXPECT_EQ(fake_cuda::GetCounts().functions_resident, 1);
  raggedc_kernel_info info = RAGGEDC_KERNEL_INFO_INIT;
  RAGGEDC_EXPECT_OK(raggedc_kernel_info_get(kernel, &info));
  EXPECT_EQ(info.capacity, 208);
  EXPECT_EQ(info.threads, 128);
  EXPECT_EQ(info.blocks, 12);
  EXPECT_EQ(info.shared_bytes, 61440);
  EXPECT_STREQ(info.arch, "sm_90a");
  EXPECT_STREQ(info.family, "single");
  EXPECT_STREQ(info.spec, "bf16,heads=12,dim=64,max_seqlen=208");
  uint64_t bytes = 1;
  RAGGEDC_EXPECT_OK(raggedc_kernel_workspace(kernel, 100, 10000, &bytes));
  EXPECT_EQ(bytes, 0u);
  const raggedc_launch_args args = Args(2);
  RAGGEDC_EXPECT_OK(raggedc_kernel_launch(kernel, &args, nullptr));
  EXPECT_EQ(fake_cuda::TakeLaunches().at(0).grid[0], 24u);

  // It outlives the context.
  raggedc_context_destroy(context_);
  context_ = nullptr;
  RAGGEDC_EXPECT_OK(raggedc_kernel_launch(kernel, &args, nullptr));
  EXPECT_EQ(fake_cuda::GetCounts().libraries_live, 1);
  raggedc_kernel_release(kernel);
  EXPECT_EQ(fake_cuda::GetCounts().libraries_live, 0);
}

TEST_F(CApiTest, UnknownDevice) {
  MakeContext({90, 90});
  const raggedc_spec spec = Spec();
  raggedc_kernel* kernel = nullptr;
  for (const int device : {2, -2}) {
    RAGGEDC_EXPECT_ERROR(raggedc_kernel_get(context_, &spec, device, &kernel), RAGGEDC_ERROR_INVALID_ARGUMENT,
                         StrCat("expected a device in 0..1, or -1, got ", device).c_str());
    EXPECT_EQ(kernel, nullptr);
  }
}

TEST_F(CApiTest, WrongOptions) {
  raggedc_context_options options = RAGGEDC_CONTEXT_OPTIONS_INIT;
  options.driver_library = RAGGEDC_FAKE_CUDA;
  options.policy = 4;
  raggedc_context* context = nullptr;
  RAGGEDC_EXPECT_ERROR(raggedc_context_create(&options, &context), RAGGEDC_ERROR_INVALID_ARGUMENT,
                       "expected policy to be one of raggedc_policy, got 4");
  options.policy = 0;
  options.compile_threads = 65;
  RAGGEDC_EXPECT_ERROR(raggedc_context_create(&options, &context), RAGGEDC_ERROR_INVALID_ARGUMENT,
                       "expected compile_threads to be in 0..64, got 65");
  options.compile_threads = 0;
  options.flags = 2;
  RAGGEDC_EXPECT_ERROR(raggedc_context_create(&options, &context), RAGGEDC_ERROR_INVALID_ARGUMENT,
                       "expected flags to be 0 or RAGGEDC_PLAIN_LAUNCHES, got 2");
  options.flags = RAGGEDC_PLAIN_LAUNCHES;
  options.driver_library = "/nowhere/libcuda.so.1";
  EXPECT_EQ(raggedc_context_create(&options, &context), RAGGEDC_ERROR_UNAVAILABLE);
  EXPECT_NE(std::string(raggedc_last_error()).find("/nowhere/libcuda.so.1"), std::string::npos);
  options.driver_library = RAGGEDC_FAKE_CUDA_OLD;
  EXPECT_EQ(raggedc_context_create(&options, &context), RAGGEDC_ERROR_UNAVAILABLE);
  EXPECT_NE(std::string(raggedc_last_error()).find("cuGraphAddKernelNode_v2"), std::string::npos)
      << raggedc_last_error();
  EXPECT_EQ(context, nullptr);
}

TEST_F(CApiTest, StatusIsReportedOnceAndCleared) {
  MakeContext({90, 90});
  void* stream = Stream(0);
  void* elsewhere = Stream(1);
  RAGGEDC_EXPECT_OK(Launch(Spec(), stream));
  raggedc_kernel* kernel = GetKernel(Spec());
  uint32_t bits = 7;
  RAGGEDC_EXPECT_OK(raggedc_context_check(context_, stream, &bits));
  EXPECT_EQ(bits, 0u);
  fake_cuda::RaiseStatus(0, RAGGEDC_DATA_CLAMPED);
  RAGGEDC_EXPECT_OK(raggedc_context_check(context_, elsewhere, &bits));
  RAGGEDC_EXPECT_ERROR(raggedc_context_check(context_, stream, &bits), RAGGEDC_ERROR_DATA,
                       "a sequence is longer than the capacity; its rows beyond it were not written");
  EXPECT_EQ(bits, uint32_t{RAGGEDC_DATA_CLAMPED});
  RAGGEDC_EXPECT_OK(raggedc_context_check(context_, stream, &bits));
  fake_cuda::RaiseStatus(0, RAGGEDC_DATA_OFFSETS_DECREASE);
  RAGGEDC_EXPECT_ERROR(raggedc_kernel_check(kernel, stream, &bits), RAGGEDC_ERROR_DATA, "offsets decrease");
  RAGGEDC_EXPECT_OK(raggedc_kernel_check(kernel, stream, nullptr));
  fake_cuda::BeginCapture(stream);
  RAGGEDC_EXPECT_ERROR(raggedc_kernel_check(kernel, stream, &bits), RAGGEDC_ERROR_INVALID_ARGUMENT,
                       "expected a stream that is not being captured");
  fake_cuda::EndCapture(stream);
  raggedc_kernel_release(kernel);
}

TEST_F(CApiTest, ErrorsAreOfTheirThread) {
  MakeContext();
  EXPECT_EQ(Launch(Spec(0), nullptr), RAGGEDC_ERROR_INVALID_ARGUMENT);
  const std::string here = raggedc_last_error();
  std::string there = "not set";
  std::thread([&] { there = raggedc_last_error(); }).join();
  EXPECT_EQ(there, "");
  EXPECT_EQ(here, "expected max_seqlen to be an integer in 1..65536, got 0");
  EXPECT_STREQ(raggedc_status_text(RAGGEDC_ERROR_NO_KERNEL), "no kernel");
  EXPECT_STREQ(raggedc_status_text(static_cast<raggedc_status>(15)), "unknown status");
  EXPECT_EQ(raggedc_version(), 100u);
}

// Kernels of more than one launch and with temporaries, as a manifest may describe them.
TEST_F(CApiTest, Workspace) {
  source_->change = [](CompiledKernel& kernel) {
    Manifest& manifest = kernel.manifest;
    // (rows, 12) floats and a number for each sequence and head.
    manifest.values.push_back({"partial",
                               ValueRole::kTemporary,
                               DType::kF32,
                               {ManifestDim{"out", 0, 0, 1, 0}, ManifestDim{"", 0, 0, 1, 12}},
                               {}});
    manifest.values.push_back(
        {"maxima", ValueRole::kTemporary, DType::kF32, {ManifestDim{"offsets", 0, -1, 12, 0}}, {}});
    ManifestLaunch second = manifest.launches[0];
    second.args = {"partial", "maxima", "v", "offsets", "out"};
    manifest.launches.push_back(second);
  };
  MakeContext();
  raggedc_kernel* kernel = GetKernel(Spec());
  uint64_t bytes = 0;
  RAGGEDC_EXPECT_OK(raggedc_kernel_workspace(kernel, 3, 100, &bytes));
  EXPECT_EQ(bytes, 4864u + 256u);  // 100 x 12 floats, then 3 x 12, each up to a multiple of 256
  raggedc_launch_args args = Args(3);
  args.rows = 100;
  args.workspace_bytes = bytes - 1;
  RAGGEDC_EXPECT_ERROR(raggedc_kernel_launch(kernel, &args, nullptr), RAGGEDC_ERROR_INVALID_ARGUMENT,
                       "expected a workspace of 5120 bytes, got 0");
  args.workspace = reinterpret_cast<void*>(0x10000);
  RAGGEDC_EXPECT_ERROR(raggedc_kernel_launch(kernel, &args, nullptr), RAGGEDC_ERROR_INVALID_ARGUMENT,
                       "expected a workspace of 5120 bytes, got 5119");
  args.workspace_bytes = bytes;
  RAGGEDC_EXPECT_OK(raggedc_kernel_launch(kernel, &args, nullptr));
  const std::vector<fake_cuda::Launch> launches = fake_cuda::TakeLaunches();
  ASSERT_EQ(launches.size(), 2u);
  EXPECT_EQ(launches[0].params.at(0), 0x1000u);
  EXPECT_EQ(launches[1].params, (std::vector<uint64_t>{0x10000, 0x10000 + 4864, 0x3000, 0x4004, 0x5000}));
  raggedc_kernel_release(kernel);
}

}  // namespace
}  // namespace raggedc
