#include "runtime/kernel_module.h"

#include <algorithm>
#include <set>

#include "runtime/strings.h"

namespace raggedc {
namespace {

// CUfunction_attribute values.
constexpr int kMaxDynamicSharedBytes = 8;
constexpr int kPreferredSharedCarveout = 9;
constexpr int kWholeCarveout = 100;  // percent
constexpr int64_t kSharedWithoutOptin = 48 * 1024;

}  // namespace

std::string DescribeStatusWord(uint32_t word) {
  if (word == 0) return "ok";
  std::string text;
  const auto add = [&text](std::string_view piece) { text += StrCat(text.empty() ? "" : "; ", piece); };
  if (word & kStatusClamped) add("a sequence is longer than the capacity; its rows beyond it were not written");
  if (word & kStatusOffsetsDecrease) add("offsets decrease");
  if (const uint32_t rest = word & ~uint32_t{kStatusClamped | kStatusOffsetsDecrease})
    add(StrCat("unknown bits ", rest));
  return text;
}

Status ConfigureKernel(const CudaDriver& driver, const DeviceInfo& info, cu::Kernel kernel, std::string_view name,
                       int64_t shared_bytes) {
  if (shared_bytes > info.shared_bytes_per_block) {
    return EnvironmentError(StrCat("expected ", driver.NameOf(info.ordinal), " to have ", shared_bytes,
                                   " bytes of shared memory a block for ", name, ", got ",
                                   info.shared_bytes_per_block));
  }
  cu::Device device = 0;
  RAGGEDC_RETURN_IF_ERROR(driver.Check(driver.api().DeviceGet(&device, info.ordinal), "cuDeviceGet"));
  const auto set = [&](int attribute, int value) {
    return driver.Check(driver.api().KernelSetAttribute(attribute, value, kernel, device), "cuKernelSetAttribute");
  };
  if (shared_bytes > kSharedWithoutOptin) {
    RAGGEDC_RETURN_IF_ERROR(set(kMaxDynamicSharedBytes, static_cast<int>(shared_bytes)));
  }
  if (shared_bytes > 0) RAGGEDC_RETURN_IF_ERROR(set(kPreferredSharedCarveout, kWholeCarveout));
  return OkStatus();
}

Result<std::unique_ptr<KernelModule>> KernelModule::Load(const CudaDriver& driver, int ordinal,
                                                         const Manifest& manifest, std::string_view cubin) {
  RAGGEDC_ASSIGN_OR_RETURN(const DeviceInfo info, driver.Device(ordinal));
  const CudaDriver::Api& api = driver.api();
  std::unique_ptr<KernelModule> module(new KernelModule(driver));
  const Status loaded =
      driver.Check(api.LibraryLoadData(&module->library_, cubin.data(), nullptr, nullptr, 0, nullptr, nullptr, 0),
                   "cuLibraryLoadData");
  if (!loaded.ok()) {
    module->library_ = nullptr;
    return loaded.WithContext(
        StrCat("loading a module for ", manifest.arch, " on ", driver.NameOf(ordinal), " (", info.Arch(), ")"));
  }
  std::set<std::string> status_symbols;
  for (const ManifestKernel& kernel : manifest.kernels) {
    LoadedKernel entry;
    entry.symbol = kernel.symbol;
    entry.block = kernel.block;
    entry.shared_bytes = kernel.shared_bytes;
    entry.programmatic_launch = kernel.programmatic_launch && driver.HasProgrammaticLaunch();
    const Status found = driver.Check(api.LibraryGetKernel(&entry.kernel, module->library_, kernel.symbol.c_str()),
                                      "cuLibraryGetKernel");
    if (!found.ok()) return found.WithContext(StrCat("kernel ", kernel.symbol));
    RAGGEDC_RETURN_IF_ERROR(ConfigureKernel(driver, info, entry.kernel, kernel.symbol, kernel.shared_bytes));
    module->kernels_.push_back(std::move(entry));
    if (!kernel.status_symbol.empty()) status_symbols.insert(kernel.status_symbol);
  }
  for (const std::string& symbol : status_symbols) {
    cu::DevicePtr address = 0;
    size_t bytes = 0;
    const Status found =
        driver.Check(api.LibraryGetGlobal(&address, &bytes, module->library_, symbol.c_str()), "cuLibraryGetGlobal");
    if (!found.ok()) return found.WithContext(StrCat("status word ", symbol));
    if (bytes != sizeof(uint32_t)) {
      return InternalError(StrCat("expected status word ", symbol, " to have 4 bytes, got ", bytes));
    }
    module->status_words_.push_back(address);
  }
  return module;
}

KernelModule::~KernelModule() {
  if (library_ != nullptr) driver_->api().LibraryUnload(library_);
}

size_t KernelModule::KernelIndex(std::string_view symbol) const {
  const auto found = std::find_if(kernels_.begin(), kernels_.end(),
                                  [&](const LoadedKernel& kernel) { return kernel.symbol == symbol; });
  return static_cast<size_t>(found - kernels_.begin());
}

Status KernelModule::Launch(size_t kernel, std::span<const cu::DevicePtr> args,
                            std::span<const cu::TensorMap> tensor_maps, const std::array<int64_t, 3>& grid,
                            cu::Stream stream) const {
  if (grid[0] == 0 || grid[1] == 0 || grid[2] == 0) return OkStatus();
  const LoadedKernel& entry = kernels_[kernel];
  if (const size_t count = args.size() + tensor_maps.size(); count > kMaximumParams) {
    return InternalError(StrCat("expected at most ", kMaximumParams, " kernel parameters, got ", count));
  }
  // The driver reads each parameter through a pointer to it.
  std::array<void*, kMaximumParams> params;
  for (size_t i = 0; i < args.size(); ++i) params[i] = const_cast<cu::DevicePtr*>(&args[i]);
  for (size_t i = 0; i < tensor_maps.size(); ++i) {
    params[args.size() + i] = const_cast<cu::TensorMap*>(&tensor_maps[i]);
  }
  const auto narrow = [](int64_t value) { return static_cast<unsigned>(value); };
  if (entry.programmatic_launch) {
    const cu::LaunchAttribute attribute = {.id = cu::kProgrammaticStreamSerialization, .value = 1};
    const cu::LaunchConfig config = {{narrow(grid[0]), narrow(grid[1]), narrow(grid[2])},
                                     {narrow(entry.block[0]), narrow(entry.block[1]), narrow(entry.block[2])},
                                     narrow(entry.shared_bytes),
                                     stream,
                                     &attribute,
                                     1};
    return driver_->Check(driver_->api().LaunchKernelEx(&config, entry.kernel, params.data(), nullptr),
                          "cuLaunchKernelEx");
  }
  return driver_->Check(
      driver_->api().LaunchKernel(entry.kernel, narrow(grid[0]), narrow(grid[1]), narrow(grid[2]),
                                  narrow(entry.block[0]), narrow(entry.block[1]), narrow(entry.block[2]),
                                  narrow(entry.shared_bytes), stream, params.data(), nullptr),
      "cuLaunchKernel");
}

Result<int> KernelModule::Occupancy(size_t kernel) const {
  const LoadedKernel& entry = kernels_[kernel];
  int blocks = 0;
  RAGGEDC_RETURN_IF_ERROR(
      driver_->Check(driver_->api().OccupancyMaxActiveBlocksPerMultiprocessor(
                         &blocks, entry.kernel, static_cast<int>(entry.block[0] * entry.block[1] * entry.block[2]),
                         static_cast<size_t>(entry.shared_bytes)),
                     "cuOccupancyMaxActiveBlocksPerMultiprocessor"));
  return blocks;
}

Result<uint32_t> KernelModule::ReadStatus() const {
  uint32_t word = 0;
  for (const cu::DevicePtr address : status_words_) {
    uint32_t one = 0;
    RAGGEDC_RETURN_IF_ERROR(driver_->Check(driver_->api().MemcpyDtoH(&one, address, sizeof(one)), "cuMemcpyDtoH"));
    word |= one;
  }
  return word;
}

Status KernelModule::ClearStatus() {
  for (const cu::DevicePtr address : status_words_) {
    RAGGEDC_RETURN_IF_ERROR(driver_->Check(driver_->api().MemsetD8(address, 0, sizeof(uint32_t)), "cuMemsetD8"));
  }
  return OkStatus();
}

}  // namespace raggedc
