//===- ConformanceDevice.cpp - the kernels on a GPU ------------------------===//

#include <memory>

#include "codegen/Templates.h"
#include "runtime/dynamic_library.h"
#include "runtime/kernel_module.h"
#include "runtime/manifest.h"
#include "runtime/nvrtc.h"
#include "runtime/strings.h"
#include "test/gpu/Conformance.h"

namespace raggedc {

namespace {

constexpr const char* kKernels =
#include "test/gpu/conformance_kernels.inc"
    ;

using EncodeTiled = int (*)(void* map, uint32_t type, uint32_t rank, void* address, const uint64_t* sizes,
                            const uint64_t* strides, const uint32_t* box, const uint32_t* elementStrides,
                            uint32_t interleave, uint32_t swizzle, uint32_t promotion, uint32_t fill);

constexpr size_t kMapBytes = 128;

}  // namespace

std::string getConformanceSource() {
  llvm::StringSet<> headers;
  for (const char* name : {"bulk_copy", "cluster", "matrix_store", "mbarrier", "memory", "memory_wide", "proxy",
                           "special", "sync", "tensor_copy", "warpgroup", "warpgroup_mma"})
    headers.insert(StrCat("ptx/", name, ".cuh"));
  return StrCat(collectTemplates(headers), "using namespace ragged;\n#line 1\n", kKernels);
}

struct ConformanceDevice::State {
  const CudaDriver* driver = nullptr;
  PrimaryContext context;
  Manifest manifest;
  std::unique_ptr<KernelModule> module;
  DeviceStream stream;
  EncodeTiled encode = nullptr;
};

ConformanceDevice::ConformanceDevice(std::unique_ptr<State> state) : state(std::move(state)) {}
ConformanceDevice::ConformanceDevice(ConformanceDevice&&) noexcept = default;

ConformanceDevice::~ConformanceDevice() {
  if (!state) return;
  const ScopedContext current(state->context);
  state->module.reset();
  state->stream = DeviceStream();
}

Result<ConformanceDevice> ConformanceDevice::create(const DeviceInfo& info) {
  ConformanceDevice device(std::make_unique<State>());
  State& state = *device.state;
  RAGGEDC_ASSIGN_OR_RETURN(std::shared_ptr<const Nvrtc> nvrtc, Nvrtc::Load());
  CompileRequest request;
  request.source = getConformanceSource();
  request.name = "conformance_kernels.cuh";
  request.arch = "sm_90a";
  CompileOutput output;
  RAGGEDC_RETURN_IF_ERROR(nvrtc->Compile(request, &output));
  for (const ConformanceKernel& kernel : getConformanceKernels()) {
    ManifestKernel& entry = state.manifest.kernels.emplace_back();
    entry.symbol = kernel.name;
    entry.params = {"parameters", "in", "out", "map"};
    entry.block = {128, 1, 1};
    entry.shared_bytes = kernel.sharedBytes;
  }
  RAGGEDC_ASSIGN_OR_RETURN(state.driver, CudaDriver::Load());
  RAGGEDC_ASSIGN_OR_RETURN(const DynamicLibrary library, DynamicLibrary::Open(state.driver->path()));
  RAGGEDC_RETURN_IF_ERROR(library.Load("cuTensorMapEncodeTiled", &state.encode));
  RAGGEDC_ASSIGN_OR_RETURN(state.context, PrimaryContext::Retain(*state.driver, info.ordinal));
  const ScopedContext current(state.context);
  RAGGEDC_RETURN_IF_ERROR(current.status());
  RAGGEDC_ASSIGN_OR_RETURN(state.stream, DeviceStream::Create(*state.driver));
  RAGGEDC_ASSIGN_OR_RETURN(state.module, KernelModule::Load(*state.driver, info.ordinal, state.manifest, output.cubin));
  return device;
}

Result<std::vector<uint8_t>> ConformanceDevice::run(const ConformanceCase& test) {
  const CudaDriver& driver = *state->driver;
  const ScopedContext current(state->context);
  RAGGEDC_RETURN_IF_ERROR(current.status());
  const auto upload = [&](const void* data, size_t bytes) -> Result<DeviceBuffer> {
    RAGGEDC_ASSIGN_OR_RETURN(DeviceBuffer buffer, DeviceBuffer::Allocate(driver, bytes));
    RAGGEDC_RETURN_IF_ERROR(buffer.Upload(data, 0, bytes));
    return buffer;
  };
  RAGGEDC_ASSIGN_OR_RETURN(const DeviceBuffer parameters, upload(test.parameters.data(), test.parameters.size() * 4));
  RAGGEDC_ASSIGN_OR_RETURN(const DeviceBuffer in, upload(test.in.data(), test.in.size()));
  RAGGEDC_ASSIGN_OR_RETURN(const DeviceBuffer out, upload(test.out.data(), test.out.size()));
  alignas(64) std::array<uint8_t, kMapBytes> map = {};
  if (test.map) {
    const MapSpec& spec = *test.map;
    const cu::DevicePtr address = spec.isOfOut ? out.address() : in.address();
    RAGGEDC_RETURN_IF_ERROR(driver.Check(
        state->encode(map.data(), static_cast<uint32_t>(spec.type), spec.rank, reinterpret_cast<void*>(address),
                      spec.sizes.data(), spec.strides.data(), spec.box.data(), spec.elementStrides.data(), 0,
                      static_cast<uint32_t>(spec.swizzle), 0, static_cast<uint32_t>(spec.fill)),
        "cuTensorMapEncodeTiled"));
  }
  RAGGEDC_ASSIGN_OR_RETURN(const DeviceBuffer deviceMap, upload(map.data(), map.size()));
  const size_t kernel = state->module->KernelIndex(test.kernel);
  const std::array<cu::DevicePtr, 4> args = {parameters.address(), in.address(), out.address(), deviceMap.address()};
  const int64_t blocks = getConformanceKernels()[kernel].cluster;
  // Copies and fills ran on the default stream, which the stream does not wait for.
  RAGGEDC_RETURN_IF_ERROR(driver.Check(driver.api().CtxSynchronize(), "cuCtxSynchronize"));
  RAGGEDC_RETURN_IF_ERROR(state->module->Launch(kernel, args, {}, {blocks, 1, 1}, state->stream.get()));
  RAGGEDC_RETURN_IF_ERROR(state->stream.Synchronize());
  std::vector<uint8_t> found(test.out.size());
  RAGGEDC_RETURN_IF_ERROR(out.Download(found.data(), 0, found.size()));
  return found;
}

}  // namespace raggedc
