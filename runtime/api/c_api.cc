// The functions of raggedc.h: what they are given is checked here, and nothing is thrown beyond.
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>

#include "runtime/api/capacity.h"
#include "runtime/api/context.h"
#include "runtime/api/default_source.h"
#include "runtime/api/fork_guard.h"
#include "runtime/api/prepared.h"
#include "runtime/kernel_module.h"
#include "runtime/strings.h"

// Handles are the objects themselves under another name.
struct raggedc_prepared {
  raggedc::Prepared impl;
};

namespace raggedc {
namespace {

const LoadedKernel* Unwrap(const raggedc_kernel* kernel) {
  return reinterpret_cast<const LoadedKernel*>(kernel);
}

ApiStatus NullArgument(const char* name) {
  return ApiInvalid(StrCat("expected ", name, ", got null"));
}

ApiStatus Forked() {
  return {RAGGEDC_ERROR_FORKED,
          "expected a process that was not forked after raggedc had opened the driver, got such a child; exec() "
          "another program in it, or fork earlier"};
}

// What is not in line with the launches: exceptions become codes.
template <typename Body>
raggedc_status Guarded(Body body) {
  try {
    return Report(body());
  } catch (const std::bad_alloc&) {
    return Report({RAGGEDC_ERROR_OUT_OF_MEMORY, "expected enough host memory, got too little"});
  } catch (const std::exception& error) {
    return Report(InternalError(StrCat("expected no exception, got ", Printable(error.what(), 256))));
  }
}

// The launches: nothing on the way of a loaded kernel throws, so that this costs nothing there.
template <typename Body>
raggedc_status GuardedLaunch(Body body) {
  try {
    return body();
  } catch (const std::exception& error) {
    return Guarded([&]() -> ApiStatus { throw; });
  }
}

template <typename Struct>
ApiStatus CheckSize(const Struct& given, const char* name) {
  if (given.struct_size >= sizeof(Struct)) return {};
  return ApiInvalid(StrCat("expected the struct_size of ", name, " to be ", sizeof(Struct), " or more, got ",
                           given.struct_size, "; begin with its _INIT macro"));
}

#define RAGGEDC_REQUIRE(pointer) \
  if (pointer == nullptr) return NullArgument(#pointer)
#define RAGGEDC_REQUIRE_PROCESS() \
  if (IsForkedChild()) return Forked()

// Null, or what is wrong with the arguments of a launch before the kernel looks at them.
bool IsLaunchable(const void* handle, const raggedc_launch_args* args) {
  return handle != nullptr && args != nullptr && args->struct_size >= sizeof(raggedc_launch_args) && !IsForkedChild();
}

raggedc_status ExplainLaunch(const char* handle, const void* value, const raggedc_launch_args* args) {
  return Guarded([&]() -> ApiStatus {
    if (value == nullptr) return NullArgument(handle);
    RAGGEDC_REQUIRE(args);
    RAGGEDC_API_RETURN_IF_ERROR(CheckSize(*args, "raggedc_launch_args"));
    return Forked();
  });
}

ApiStatus CheckResult(const ApiStatus& status, uint32_t found, uint32_t* bits) {
  if (bits != nullptr) *bits = found;
  if (!status.ok() || found == 0) return status;
  return {RAGGEDC_ERROR_DATA, DescribeStatusWord(found)};
}

ApiStatus ToSettings(const raggedc_context_options& options, ContextSettings* settings, SourceSettings* source) {
  RAGGEDC_API_RETURN_IF_ERROR(CheckSize(options, "raggedc_context_options"));
  if (options.policy > RAGGEDC_COMPILE_QUICK_FIRST) {
    return ApiInvalid(StrCat("expected policy to be one of raggedc_policy, got ", options.policy));
  }
  constexpr uint32_t kMaximumThreads = 64;
  if (options.compile_threads > kMaximumThreads) {
    return ApiInvalid(
        StrCat("expected compile_threads to be in 0..", kMaximumThreads, ", got ", options.compile_threads));
  }
  settings->policy = static_cast<raggedc_policy>(options.policy);
  if (options.max_kernels != 0) settings->maximum_kernels = options.max_kernels;
  if (options.compile_threads != 0) settings->compile_threads = options.compile_threads;
  if (options.driver_library != nullptr) settings->driver_library = options.driver_library;
  if ((options.flags & ~uint32_t{RAGGEDC_PLAIN_LAUNCHES}) != 0) {
    return ApiInvalid(StrCat("expected flags to be 0 or RAGGEDC_PLAIN_LAUNCHES, got ", options.flags));
  }
  settings->plain_launches = (options.flags & RAGGEDC_PLAIN_LAUNCHES) != 0;
  if (options.cache_directory != nullptr) source->cache_directory = options.cache_directory;
  if (options.bundle_count > 0) RAGGEDC_REQUIRE(options.bundles);
  for (uint32_t i = 0; i < options.bundle_count; ++i) {
    RAGGEDC_REQUIRE(options.bundles[i]);
    source->bundles.push_back(options.bundles[i]);
  }
  if (options.warning != nullptr) {
    settings->warn = [warn = options.warning, user = options.warning_user](const std::string& text) {
      warn(user, text.c_str());
    };
  }
  return {};
}

}  // namespace
}  // namespace raggedc

using namespace raggedc;  // NOLINT: everything below is its C face

uint32_t raggedc_version(void) {
  return RAGGEDC_VERSION_MAJOR * 10000 + RAGGEDC_VERSION_MINOR * 100 + RAGGEDC_VERSION_PATCH;
}

const char* raggedc_status_text(raggedc_status status) {
  switch (status) {
    case RAGGEDC_OK:
      return "ok";
    case RAGGEDC_ERROR_INVALID_ARGUMENT:
      return "invalid argument";
    case RAGGEDC_ERROR_UNAVAILABLE:
      return "unavailable";
    case RAGGEDC_ERROR_NO_KERNEL:
      return "no kernel";
    case RAGGEDC_ERROR_OUT_OF_MEMORY:
      return "out of memory";
    case RAGGEDC_ERROR_DEVICE_LOST:
      return "device lost";
    case RAGGEDC_ERROR_DATA:
      return "wrong data";
    case RAGGEDC_ERROR_FORKED:
      return "forked";
    case RAGGEDC_ERROR_INTERNAL:
      return "internal error";
  }
  return "unknown status";
}

const char* raggedc_last_error(void) {
  return LastErrorText();
}

raggedc_status raggedc_spec_parse(const char* text, raggedc_spec* spec) {
  return Guarded([&]() -> ApiStatus {
    RAGGEDC_REQUIRE(text);
    RAGGEDC_REQUIRE(spec);
    RAGGEDC_API_RETURN_IF_ERROR(CheckSize(*spec, "raggedc_spec"));
    const uint32_t size = spec->struct_size;
    raggedc_spec parsed;
    RAGGEDC_API_RETURN_IF_ERROR(ParseSpecStruct(text, &parsed));
    parsed.struct_size = size;
    // Fields of a newer header that this library does not know are 0, as it knows nothing to put there.
    std::memset(static_cast<void*>(spec), 0, size);
    std::memcpy(static_cast<void*>(spec), &parsed, sizeof(parsed));
    return {};
  });
}

raggedc_status raggedc_spec_print(const raggedc_spec* spec, char* text, size_t size, size_t* needed) {
  return Guarded([&]() -> ApiStatus {
    RAGGEDC_REQUIRE(spec);
    raggedc_spec known;
    RAGGEDC_API_RETURN_IF_ERROR(CopySpec(spec, &known));
    // The capacity is not of the text: as it was asked for.
    const bool exact = (known.flags & RAGGEDC_EXACT) != 0;
    known.flags |= RAGGEDC_EXACT;
    const Result<CheckedSpec> checked = CheckSpec(known);
    if (!checked.ok()) return checked.status();
    const std::string line = StrCat(ToString(*checked), exact ? ",exact" : "");
    if (needed != nullptr) *needed = line.size() + 1;
    if (text == nullptr && size == 0) return {};
    RAGGEDC_REQUIRE(text);
    if (size < line.size() + 1) {
      return ApiInvalid(StrCat("expected room for ", line.size() + 1, " bytes, got ", size));
    }
    std::memcpy(text, line.c_str(), line.size() + 1);
    return {};
  });
}

int32_t raggedc_capacity(int32_t max_seqlen) {
  return CapacityFor(max_seqlen);
}

int32_t raggedc_batch(int32_t batch) {
  return BatchFor(batch);
}

raggedc_status raggedc_context_create(const raggedc_context_options* options, raggedc_context** context) {
  return Guarded([&]() -> ApiStatus {
    RAGGEDC_REQUIRE(context);
    *context = nullptr;
    RAGGEDC_REQUIRE_PROCESS();
    ContextSettings settings;
    settings.warn = [](const std::string& text) { std::fprintf(stderr, "raggedc: warning: %s\n", text.c_str()); };
    SourceSettings source_settings;
    if (options != nullptr) RAGGEDC_API_RETURN_IF_ERROR(ToSettings(*options, &settings, &source_settings));
    source_settings.warn = settings.warn;
    Result<std::unique_ptr<KernelSource>> source = MakeDefaultSource(std::move(source_settings));
    if (!source.ok()) return source.status();
    auto handle = std::make_unique<raggedc_context>();
    RAGGEDC_API_RETURN_IF_ERROR(Context::Create(std::move(settings), std::move(source).value(), &handle->impl));
    *context = handle.release();
    return {};
  });
}

void raggedc_context_destroy(raggedc_context* context) {
  if (IsForkedChild()) return;  // its threads and the driver are not here
  delete context;
}

raggedc_status raggedc_context_wait(raggedc_context* context) {
  return Guarded([&]() -> ApiStatus {
    RAGGEDC_REQUIRE(context);
    RAGGEDC_REQUIRE_PROCESS();
    context->impl->Wait();
    return {};
  });
}

raggedc_status raggedc_context_stats_get(raggedc_context* context, raggedc_context_stats* stats) {
  return Guarded([&]() -> ApiStatus {
    RAGGEDC_REQUIRE(context);
    RAGGEDC_REQUIRE(stats);
    RAGGEDC_API_RETURN_IF_ERROR(CheckSize(*stats, "raggedc_context_stats"));
    RAGGEDC_REQUIRE_PROCESS();
    context->impl->FillStats(stats);
    return {};
  });
}

raggedc_status raggedc_launch(raggedc_context* context, const raggedc_spec* spec, const raggedc_launch_args* args,
                              void* stream) {
  if (!IsLaunchable(context, args) || spec == nullptr) [[unlikely]] {
    if (context != nullptr && spec == nullptr) return Report(NullArgument("spec"));
    return ExplainLaunch("context", context, args);
  }
  return GuardedLaunch([&] { return context->impl->Launch(*spec, *args, stream); });
}

raggedc_status raggedc_context_check(raggedc_context* context, void* stream, uint32_t* bits) {
  return Guarded([&]() -> ApiStatus {
    RAGGEDC_REQUIRE(context);
    RAGGEDC_REQUIRE_PROCESS();
    uint32_t found = 0;
    const ApiStatus status = context->impl->Check(stream, &found);
    return CheckResult(status, found, bits);
  });
}

raggedc_status raggedc_kernel_get(raggedc_context* context, const raggedc_spec* spec, int device,
                                  raggedc_kernel** kernel) {
  return Guarded([&]() -> ApiStatus {
    RAGGEDC_REQUIRE(kernel);
    *kernel = nullptr;
    RAGGEDC_REQUIRE(context);
    RAGGEDC_REQUIRE(spec);
    RAGGEDC_REQUIRE_PROCESS();
    raggedc_spec known;
    RAGGEDC_API_RETURN_IF_ERROR(CopySpec(spec, &known));
    const LoadedKernel* found = nullptr;
    RAGGEDC_API_RETURN_IF_ERROR(context->impl->GetKernel(known, device, &found));
    *kernel = reinterpret_cast<raggedc_kernel*>(const_cast<LoadedKernel*>(found));
    return {};
  });
}

void raggedc_kernel_release(raggedc_kernel* kernel) {
  if (kernel != nullptr && !IsForkedChild()) Unwrap(kernel)->Release();
}

raggedc_status raggedc_kernel_info_get(const raggedc_kernel* kernel, raggedc_kernel_info* info) {
  return Guarded([&]() -> ApiStatus {
    RAGGEDC_REQUIRE(kernel);
    RAGGEDC_REQUIRE(info);
    RAGGEDC_API_RETURN_IF_ERROR(CheckSize(*info, "raggedc_kernel_info"));
    const LoadedKernel& loaded = *Unwrap(kernel);
    const KernelLaunchPlan& plan = loaded.plan().launches.back();
    const ManifestKernel& described = loaded.manifest().kernels[plan.kernel];
    info->capacity = static_cast<int32_t>(loaded.capacity());
    info->threads = static_cast<int32_t>(described.block[0] * described.block[1] * described.block[2]);
    info->blocks = 1;
    for (const PlannedGrid& grid : plan.grid) info->blocks *= static_cast<int32_t>(grid.per_sequence + grid.constant);
    info->shared_bytes = described.shared_bytes;
    info->arch = loaded.manifest().arch.c_str();
    info->family = described.family.c_str();
    info->spec = loaded.spec_text().c_str();
    return {};
  });
}

raggedc_status raggedc_kernel_workspace(const raggedc_kernel* kernel, uint32_t sequences, uint64_t rows,
                                        uint64_t* bytes) {
  return Guarded([&]() -> ApiStatus {
    RAGGEDC_REQUIRE(kernel);
    RAGGEDC_REQUIRE(bytes);
    *bytes = Unwrap(kernel)->plan().WorkspaceBytes(sequences, rows);
    return {};
  });
}

raggedc_status raggedc_kernel_launch(const raggedc_kernel* kernel, const raggedc_launch_args* args, void* stream) {
  if (!IsLaunchable(kernel, args)) [[unlikely]]
    return ExplainLaunch("kernel", kernel, args);
  return GuardedLaunch([&] { return Unwrap(kernel)->Launch(*args, stream); });
}

raggedc_status raggedc_kernel_check(raggedc_kernel* kernel, void* stream, uint32_t* bits) {
  return Guarded([&]() -> ApiStatus {
    RAGGEDC_REQUIRE(kernel);
    RAGGEDC_REQUIRE_PROCESS();
    uint32_t found = 0;
    const ApiStatus status = Unwrap(kernel)->ReadStatus(stream, &found);
    return CheckResult(status, found, bits);
  });
}

raggedc_status raggedc_prepared_create(raggedc_kernel* kernel, const raggedc_launch_args* args,
                                       raggedc_prepared** prepared) {
  return Guarded([&]() -> ApiStatus {
    RAGGEDC_REQUIRE(prepared);
    *prepared = nullptr;
    RAGGEDC_REQUIRE(kernel);
    RAGGEDC_REQUIRE(args);
    RAGGEDC_API_RETURN_IF_ERROR(CheckSize(*args, "raggedc_launch_args"));
    RAGGEDC_REQUIRE_PROCESS();
    RAGGEDC_API_RETURN_IF_ERROR(Unwrap(kernel)->Check(*args));
    *prepared = new raggedc_prepared{Prepared(Unwrap(kernel), *args)};
    return {};
  });
}

void raggedc_prepared_destroy(raggedc_prepared* prepared) {
  if (!IsForkedChild()) delete prepared;
}

raggedc_status raggedc_prepared_set(raggedc_prepared* prepared, const raggedc_launch_args* args) {
  if (!IsLaunchable(prepared, args)) [[unlikely]]
    return ExplainLaunch("prepared", prepared, args);
  return GuardedLaunch([&] {
    const ApiStatus status = prepared->impl.kernel().Check(*args);
    if (status.ok()) prepared->impl.Set(*args);
    return Report(status);
  });
}

raggedc_status raggedc_prepared_launch(raggedc_prepared* prepared, void* stream) {
  if (prepared == nullptr) return Report(NullArgument("prepared"));
  if (IsForkedChild()) return Report(Forked());
  return GuardedLaunch([&] { return prepared->impl.Launch(stream); });
}

raggedc_status raggedc_prepared_launch_graph(raggedc_prepared* prepared, void* stream) {
  if (prepared == nullptr) return Report(NullArgument("prepared"));
  if (IsForkedChild()) return Report(Forked());
  return GuardedLaunch([&] { return prepared->impl.LaunchGraph(stream); });
}
