#include "runtime/emulator/emulator.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "runtime/emulator/api.h"
#include "runtime/emulator/cluster.h"
#include "runtime/emulator/host_compiler.h"
#include "runtime/emulator/source.h"
#include "runtime/emulator/tensor_map.h"
#include "runtime/execution_plan.h"
#include "runtime/executor.h"
#include "runtime/json.h"
#include "runtime/strided_layout.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

using emulator::Cluster;
using emulator::Counters;
using emulator::Fault;
using emulator::FaultKind;
using emulator::FaultLog;
using emulator::GlobalBuffer;
using emulator::GlobalMemory;
using emulator::Launch;
using emulator::Progress;
using emulator::RowOwnership;

constexpr int kMostWorkers = 64;
constexpr int64_t kBufferAlignment = 256;  // what cuMemAlloc promises
constexpr int64_t kGap = 4096;             // between buffers, so that a near miss hits nothing
constexpr int64_t kMultiprocessors = 3;    // so few that blocks which stay come to several pieces of work

using Milliseconds = std::chrono::duration<double, std::milli>;

// What both processes see: where the workers are.
struct Watch {
  std::atomic<uint32_t> launch;
  Progress workers[kMostWorkers];
  volatile sig_atomic_t crashed_worker;
  volatile sig_atomic_t crash_signal;
  void* volatile crash_address;
};

// Memory shared with the process that emulates.
class SharedMapping {
 public:
  static Result<SharedMapping> Create(int64_t bytes) {
    SharedMapping mapping;
    mapping.bytes_ = static_cast<size_t>(std::max<int64_t>(bytes, 1));
    void* data =
        mmap(nullptr, mapping.bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data == MAP_FAILED)
      return EnvironmentError(StrCat("could not get ", bytes, " bytes of memory for the emulator"));
    mapping.data_ = static_cast<uint8_t*>(data);
    return mapping;
  }
  SharedMapping() = default;
  SharedMapping(SharedMapping&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  SharedMapping& operator=(SharedMapping&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~SharedMapping() {
    if (data_ != nullptr) munmap(data_, bytes_);
  }
  uint8_t* data() const { return data_; }

 private:
  uint8_t* data_ = nullptr;
  size_t bytes_ = 0;
};

struct Emulation {
  const Manifest* manifest = nullptr;
  EmulatorOptions options;
  ExecutionPlan plan;
  std::string library;
  SharedMapping memory;
  std::vector<uint8_t*> addresses;  // of plan.values
  SharedMapping watch_memory;
  Watch* watch = nullptr;
};

//===-- In the process that emulates ----------------------------------------------------------------------------------

Watch* g_watch = nullptr;  // for the signal handler
thread_local int t_worker = 0;

void OnCrash(int signal, siginfo_t* info, void*) {
  g_watch->crashed_worker = t_worker;
  g_watch->crash_address = info->si_addr;
  g_watch->crash_signal = signal;
  _exit(1);
}

// A thread that overflows a fiber's stack needs another one for the handler.
class SignalStack {
 public:
  SignalStack() : memory_(64 << 10) {
    stack_t stack = {};
    stack.ss_sp = memory_.data();
    stack.ss_size = memory_.size();
    sigaltstack(&stack, nullptr);
  }
  ~SignalStack() {
    stack_t stack = {};
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, nullptr);
  }

 private:
  std::vector<char> memory_;
};

// The compiled emulation.
struct Code {
  void* handle = nullptr;
  void* shared_symbol = nullptr;

  void* Find(const std::string& symbol) const { return dlsym(handle, symbol.c_str()); }
};

Result<Code> LoadCode(const std::string& path) {
  Code code;
  code.handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (code.handle == nullptr) return InternalError(StrCat("could not load ", path, ": ", dlerror()));
  const auto abi = reinterpret_cast<unsigned (*)()>(code.Find("raggedc_abi"));
  const auto attach = reinterpret_cast<void (*)(const ragged_host::Api*)>(code.Find("raggedc_attach"));
  const auto shared = reinterpret_cast<unsigned char* (*)()>(code.Find("raggedc_shared"));
  const ragged_host::Api& api = emulator::HostApi();
  if (abi == nullptr || attach == nullptr || shared == nullptr || abi() != (api.version << 16 | api.bytes)) {
    return InternalError(StrCat(path, " is no emulation of this raggedc"));
  }
  attach(&api);
  code.shared_symbol = shared();
  return code;
}

// Positions of a launch's parameters in the plan's values, by parameter name.
int ParameterValue(const PlannedLaunch& launch, std::string_view name) {
  const auto& params = launch.kernel->params;
  const auto found = std::find(params.begin(), params.end(), name);
  return found == params.end() ? -1 : static_cast<int>(launch.args[static_cast<size_t>(found - params.begin())]);
}

int64_t OutermostBytes(const PlannedValue& value) {
  return (value.strides.empty() ? 1 : value.strides[0]) * DTypeSize(value.dtype);
}

std::vector<RowOwnership> OwnershipOf(const Emulation& emulation, const PlannedLaunch& launch) {
  if (launch.kernel->op != "attention") return {};
  const int out = ParameterValue(launch, "out");
  const int offsets = ParameterValue(launch, "offsets");
  if (out < 0 || offsets < 0) return {};
  const PlannedValue& value = emulation.plan.values[static_cast<size_t>(out)];
  return {{static_cast<size_t>(out), static_cast<size_t>(offsets), OutermostBytes(value)}};
}

// Reports the first row in [begin, end) of a value that has an element which nothing wrote.
void CheckRowsWritten(const Emulation& emulation, const GlobalMemory& memory, const PlannedLaunch& launch,
                      int value_index, int64_t begin, int64_t end, const std::string& whose, FaultLog* log) {
  if (value_index < 0) return;
  const PlannedValue& value = emulation.plan.values[static_cast<size_t>(value_index)];
  const int64_t element = DTypeSize(value.dtype);
  // What a kernel made of offsets may be anything.
  begin = std::max<int64_t>(begin, 0);
  end = std::min(end, value.shape.empty() ? int64_t{1} : value.shape[0]);
  // The innermost dimensions that lie back to back are looked at in one piece.
  size_t dense = value.shape.size();
  int64_t run = 1;
  while (dense > 1 && value.strides[dense - 1] == run) run *= value.shape[--dense];
  for (int64_t row = begin; row < end; ++row) {
    int64_t pieces = 1;
    for (size_t d = 1; d < dense; ++d) pieces *= value.shape[d];
    for (int64_t piece = 0; piece < pieces; ++piece) {
      int64_t offset = row * (value.strides.empty() ? 1 : value.strides[0]);
      int64_t rest = piece;
      for (size_t d = dense; d-- > 1;) {
        offset += rest % value.shape[d] * value.strides[d];
        rest /= value.shape[d];
      }
      const int64_t missing = memory.FirstUnwritten(static_cast<size_t>(value_index), offset * element, run * element);
      if (missing < 0) continue;
      Fault fault;
      fault.kind = FaultKind::kUnwritten;
      fault.kernel = launch.kernel->symbol;
      fault.message = StrCat("row ", row, whose, " of '", value.name, "' was not written, from byte ", missing);
      log->Add(std::move(fault), 1 + value_index);
      return;
    }
  }
}

// Every row that a kernel owes must be there. Those that it leaves out because a sequence is too long may hold
// anything, for the kernels behind it as well.
void CheckCoverage(const Emulation& emulation, GlobalMemory* memory, const PlannedLaunch& launch, FaultLog* log) {
  const std::string& op = launch.kernel->op;
  const int offsets_index = ParameterValue(launch, "offsets");
  const auto offsets_of = [&](int index) {
    const PlannedValue& value = emulation.plan.values[static_cast<size_t>(index)];
    return std::span<const int32_t>(reinterpret_cast<const int32_t*>(emulation.addresses[static_cast<size_t>(index)]),
                                    static_cast<size_t>(value.bytes / 4));
  };
  if (op == "attention" && offsets_index >= 0) {
    const std::span<const int32_t> offsets = offsets_of(offsets_index);
    for (size_t s = 0; s + 1 < offsets.size(); ++s) {
      const int out = ParameterValue(launch, "out");
      int64_t end = offsets[s + 1];
      if (launch.kernel->capacity > 0) end = std::min(end, offsets[s] + launch.kernel->capacity);
      CheckRowsWritten(emulation, *memory, launch, out, offsets[s], end,
                       StrCat(" (of sequence ", s, ", which begins at row ", offsets[s], ")"), log);
      if (out < 0) continue;
      const int64_t row_bytes = OutermostBytes(emulation.plan.values[static_cast<size_t>(out)]);
      memory->AllowAnything(static_cast<size_t>(out), end * row_bytes, (offsets[s + 1] - end) * row_bytes);
    }
    return;
  }
  constexpr int64_t kAll = INT64_MAX;
  if (op == "unpack") {
    CheckRowsWritten(emulation, *memory, launch, ParameterValue(launch, "out"), 0, kAll, "", log);
    return;
  }
  if (!op.starts_with("pack") || offsets_index < 0) return;
  const std::span<const int32_t> offsets = offsets_of(offsets_index);
  if (op == "pack_indices") CheckRowsWritten(emulation, *memory, launch, offsets_index, 0, kAll, "", log);
  const int64_t total = offsets.empty() ? 0 : offsets.back();
  const char* made = op == "pack_indices" ? "indices" : "rows";
  CheckRowsWritten(emulation, *memory, launch, ParameterValue(launch, made), 0, total, "", log);
}

Counters RunLaunch(const Launch& launch, GlobalMemory* memory, FaultLog* log, Watch* watch, int threads) {
  const uint64_t blocks = uint64_t{launch.grid[0]} * launch.grid[1] * launch.grid[2];
  const uint64_t clusters = blocks / launch.cluster;
  std::atomic<uint64_t> next = 0;
  std::vector<Counters> counters(kMostWorkers);
  const auto work = [&](int worker) {
    t_worker = worker;
    const SignalStack stack;
    Cluster cluster(launch, memory, log, &counters[static_cast<size_t>(worker)], &watch->workers[worker]);
    for (uint64_t i = next++; i < clusters && !log->full(); i = next++) cluster.Run(i * launch.cluster);
  };
  const int count =
      static_cast<int>(std::min<uint64_t>(static_cast<uint64_t>(threads), std::max<uint64_t>(clusters, 1)));
  std::vector<std::thread> pool;
  for (int worker = 0; worker < count; ++worker) pool.emplace_back(work, worker);
  for (std::thread& thread : pool) thread.join();
  Counters sum;
  for (const Counters& one : counters) sum += one;
  return sum;
}

Json ToJson(const Counters& c) {
  return {c.global_read_bytes,  c.global_read_sectors,
          c.global_write_bytes, c.global_write_sectors,
          c.global_requests,    c.shared_requests,
          c.shared_wavefronts,  c.shared_ideal,
          c.async_copies,       c.mma,
          c.mma_flops,          c.wgmma,
          c.wgmma_flops,        c.ex2,
          c.shuffles,           c.block_barriers,
          c.warp_barriers};
}

Counters CountersFromJson(const Json& j) {
  Counters c;
  int64_t* const fields[] = {&c.global_read_bytes,  &c.global_read_sectors,
                             &c.global_write_bytes, &c.global_write_sectors,
                             &c.global_requests,    &c.shared_requests,
                             &c.shared_wavefronts,  &c.shared_ideal,
                             &c.async_copies,       &c.mma,
                             &c.mma_flops,          &c.wgmma,
                             &c.wgmma_flops,        &c.ex2,
                             &c.shuffles,           &c.block_barriers,
                             &c.warp_barriers};
  for (size_t i = 0; i < std::size(fields); ++i) *fields[i] = j.at(i).get<int64_t>();
  return c;
}

Json ToJson(const Fault& fault) {
  return {{"kind", static_cast<int>(fault.kind)},
          {"kernel", fault.kernel},
          {"line", fault.site.line},
          {"thread", fault.site.thread},
          {"block", fault.site.block},
          {"message", fault.message},
          {"count", fault.count}};
}

Fault FaultFromJson(const Json& j) {
  Fault fault;
  fault.kind = static_cast<FaultKind>(j.at("kind").get<int>());
  fault.kernel = j.at("kernel").get<std::string>();
  fault.site.line = j.at("line").get<int>();
  fault.site.thread = j.at("thread").get<uint32_t>();
  fault.site.block = j.at("block").get<std::array<uint32_t, 3>>();
  fault.message = j.at("message").get<std::string>();
  fault.count = j.at("count").get<int64_t>();
  return fault;
}

// The bytes of a value that lie between its elements; nothing when there are none.
std::vector<bool> GapsOf(const PlannedValue& value) {
  const int64_t element = DTypeSize(value.dtype);
  int64_t elements = 1;
  for (const int64_t extent : value.shape) elements *= extent;
  if (elements * element >= value.bytes) return {};
  std::vector<bool> gaps(static_cast<size_t>(value.bytes), true);
  for (int64_t i = 0; i < elements; ++i) {
    int64_t offset = 0;
    int64_t rest = i;
    for (size_t d = value.shape.size(); d-- > 0;) {
      offset += rest % value.shape[d] * value.strides[d];
      rest /= value.shape[d];
    }
    std::fill_n(gaps.begin() + offset * element, element, false);
  }
  return gaps;
}

// One line of JSON to the process that asked.
void Say(int pipe, const Json& json) {
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  for (size_t at = 0; at < text.size();) {
    const ssize_t n = write(pipe, text.data() + at, text.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    at += static_cast<size_t>(n);
  }
}

// The enums have the driver's numbers.
Status EncodeMap(const PlannedTensorMap& map, void* address, emulator::TensorMap* encoded) {
  const TensorMapShape& shape = map.shape;
  return emulator::EncodeTensorMap(encoded, static_cast<emulator::TensorType>(shape.type), shape.rank, address,
                                   shape.sizes.data(), shape.strides.data(), shape.box.data(),
                                   shape.element_strides.data(), emulator::TensorInterleave::kNone,
                                   static_cast<emulator::TensorSwizzle>(shape.swizzle),
                                   emulator::TensorPromotion::k128B, emulator::TensorFill::kZeros);
}

// All launches; the result as JSON for the process that asked. Faults are said as they are found too, since emulated
// code may not live to the end.
Json RunAll(const Emulation& emulation, int pipe) {
  const auto error = [](const Status& status) { return Json{{"error", status.message()}}; };
  Result<Code> loaded = LoadCode(emulation.library);
  if (!loaded.ok()) return error(loaded.status());
  const Code& code = *loaded;
  FaultLog log(emulation.options.most_faults, [&](const Fault& fault) { Say(pipe, {{"fault", ToJson(fault)}}); });

  std::vector<GlobalBuffer> buffers;
  for (size_t i = 0; i < emulation.plan.values.size(); ++i) {
    const PlannedValue& value = emulation.plan.values[i];
    const bool input = value.role == ValueRole::kInput;
    buffers.push_back(
        {value.name, emulation.addresses[i], value.bytes, !input, input, input ? std::vector<bool>() : GapsOf(value)});
  }
  std::vector<std::string> status_symbols;
  for (const ManifestKernel& kernel : emulation.manifest->kernels) {
    if (kernel.status_symbol.empty() ||
        std::find(status_symbols.begin(), status_symbols.end(), kernel.status_symbol) != status_symbols.end()) {
      continue;
    }
    void* word = code.Find(kernel.status_symbol);
    if (word == nullptr)
      return error(InvalidArgument(StrCat("expected a variable ", kernel.status_symbol, " in the source")));
    status_symbols.push_back(kernel.status_symbol);
    buffers.push_back({kernel.status_symbol, static_cast<uint8_t*>(word), 4, true, true, {}});
  }
  std::string kernel_name;
  GlobalMemory memory(
      std::move(buffers), emulation.options.checks,
      [&](FaultKind kind, const emulator::GlobalAccessor& accessor, const std::string& message, int line) {
        Fault fault;
        fault.kind = kind;
        fault.kernel = kernel_name;
        fault.site = accessor.site;
        fault.message = message;
        log.Add(std::move(fault), line);
      });

  Json launches = Json::array();
  const int threads = std::clamp(
      emulation.options.threads > 0 ? emulation.options.threads : static_cast<int>(std::thread::hardware_concurrency()),
      1, kMostWorkers);
  for (size_t i = 0; i < emulation.plan.launches.size() && !log.full(); ++i) {
    const PlannedLaunch& planned = emulation.plan.launches[i];
    emulation.watch->launch = static_cast<uint32_t>(i);
    Launch launch;
    launch.kernel = kernel_name = planned.kernel->symbol;
    launch.entry = reinterpret_cast<emulator::KernelEntry>(code.Find(StrCat("raggedc_call_", planned.kernel->symbol)));
    for (const size_t value : planned.args) launch.args.push_back(emulation.addresses[value]);
    for (const int32_t scalar : planned.scalars) {
      launch.args.push_back(reinterpret_cast<void*>(static_cast<intptr_t>(scalar)));
    }
    std::deque<emulator::TensorMap> maps;
    for (const PlannedTensorMap& map : planned.tensor_maps) {
      const Status status = EncodeMap(map, emulation.addresses[map.value], &maps.emplace_back());
      if (!status.ok()) return error(status);
      launch.args.push_back(&maps.back());
    }
    const auto grid = planned.GridOn(kMultiprocessors);
    for (size_t d = 0; d < 3; ++d) launch.grid[d] = static_cast<uint32_t>(grid[d]);
    launch.threads = static_cast<uint32_t>(planned.kernel->block[0]);
    launch.shared_bytes = static_cast<uint32_t>(planned.kernel->shared_bytes);
    launch.shared_symbol = code.shared_symbol;
    launch.programmatic = planned.kernel->programmatic_launch;
    launch.checks = emulation.options.checks;
    launch.counts = emulation.options.counts;
    memory.BeginLaunch(OwnershipOf(emulation, planned), launch.grid, launch.threads);
    const auto begin = std::chrono::steady_clock::now();
    Counters counters;
    if (launch.grid[0] != 0 && launch.grid[1] != 0 && launch.grid[2] != 0) {
      counters = RunLaunch(launch, &memory, &log, emulation.watch, threads);
    }
    const double spent = Milliseconds(std::chrono::steady_clock::now() - begin).count();
    launches.push_back({{"kernel", planned.kernel->symbol},
                        {"blocks", grid[0] * grid[1] * grid[2]},
                        {"counters", ToJson(counters)},
                        {"ms", spent}});
    // A block that ended early owes rows for a reason that is reported already.
    if (emulation.options.checks && log.empty()) CheckCoverage(emulation, &memory, planned, &log);
  }

  uint32_t status = 0;
  for (const std::string& symbol : status_symbols) {
    uint32_t word = 0;
    std::memcpy(&word, code.Find(symbol), 4);
    status |= word;
  }
  Json faults = Json::array();
  for (const Fault& fault : log.Take()) faults.push_back(ToJson(fault));
  return {{"status", status}, {"faults", faults}, {"launches", launches}};
}

[[noreturn]] void RunChild(const Emulation& emulation, int pipe) {
  g_watch = emulation.watch;
  struct sigaction action = {};
  action.sa_sigaction = OnCrash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigaction(signal, &action, nullptr);
  const SignalStack stack;
  Say(pipe, RunAll(emulation, pipe));
  _exit(0);
}

//===-- In the process that asked -------------------------------------------------------------------------------------

Status Allocate(Emulation* emulation) {
  int64_t bytes = 0;
  std::vector<int64_t> offsets;
  for (const PlannedValue& value : emulation->plan.values) {
    bytes += kGap;
    offsets.push_back(bytes);
    bytes += (value.bytes + kBufferAlignment - 1) / kBufferAlignment * kBufferAlignment;
  }
  RAGGEDC_ASSIGN_OR_RETURN(emulation->memory, SharedMapping::Create(bytes + kGap));
  for (size_t i = 0; i < offsets.size(); ++i) {
    const PlannedValue& value = emulation->plan.values[i];
    uint8_t* data = emulation->memory.data() + offsets[i];
    emulation->addresses.push_back(data);
    std::memset(data, kPoison, static_cast<size_t>(value.bytes));
    if (value.input != nullptr) {
      ScatterToStrided(*value.input, value.strides, {data, static_cast<size_t>(value.bytes)});
    }
  }
  RAGGEDC_ASSIGN_OR_RETURN(emulation->watch_memory, SharedMapping::Create(sizeof(Watch)));
  emulation->watch = new (emulation->watch_memory.data()) Watch();
  return OkStatus();
}

// What a worker was at, when the process did not live to say it.
Fault FaultAt(const Emulation& emulation, FaultKind kind, size_t worker, std::string message) {
  const Progress& at = emulation.watch->workers[worker];
  Fault fault;
  fault.kind = kind;
  const size_t launch = emulation.watch->launch;
  if (launch < emulation.plan.launches.size()) fault.kernel = emulation.plan.launches[launch].kernel->symbol;
  fault.site = {at.line, at.thread, {at.block[0], at.block[1], at.block[2]}};
  fault.message = std::move(message);
  return fault;
}

// Reads what the child writes until its end. False when the time ran out.
bool ReadAll(int pipe, double seconds, std::string* text) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  char buffer[1 << 16];
  for (;;) {
    const double left = Milliseconds(end - std::chrono::steady_clock::now()).count();
    if (left <= 0) return false;
    pollfd waiting = {pipe, POLLIN, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(std::min(left, 1e6)) + 1);
    if (ready < 0 && errno != EINTR) return true;
    if (ready <= 0) continue;
    const ssize_t n = read(pipe, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return true;
    text->append(buffer, static_cast<size_t>(n));
  }
}

Status Collect(const Emulation& emulation, const std::string& text, int wait_status, bool in_time,
               EmulationResult* result) {
  if (!in_time || WIFSIGNALED(wait_status) || emulation.watch->crash_signal != 0) {
    // What was found before.
    for (const std::string_view line : Split(text, '\n')) {
      Result<Json> parsed = ParseJson(line);
      if (parsed.ok() && parsed->contains("fault")) result->faults.push_back(FaultFromJson(parsed->at("fault")));
    }
  }
  if (!in_time) {
    size_t worker = 0;
    for (size_t i = kMostWorkers; i-- > 0;) {
      if (emulation.watch->workers[i].running) worker = i;
    }
    result->faults.push_back(FaultAt(emulation, FaultKind::kTimeout, worker,
                                     StrCat("no end after ", emulation.options.timeout_seconds,
                                            " s; the line is the last where it called a wrapper")));
    return OkStatus();
  }
  if (WIFSIGNALED(wait_status) || emulation.watch->crash_signal != 0) {
    const int signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : emulation.watch->crash_signal;
    char address[32] = "";
    std::snprintf(address, sizeof address, "%p", emulation.watch->crash_address);
    result->faults.push_back(FaultAt(emulation, FaultKind::kCrash, static_cast<size_t>(emulation.watch->crashed_worker),
                                     StrCat("signal ", signal, " (", strsignal(signal), ") at address ", address,
                                            "; the line is the last where it called a wrapper")));
    return OkStatus();
  }
  const std::string_view said = std::string_view(text).substr(0, text.empty() ? 0 : text.size() - 1);
  Result<Json> parsed = ParseJson(said.substr(said.rfind('\n') + 1));
  if (!parsed.ok() || parsed->contains("fault")) return InternalError("the emulator ended without a result");
  const Json& json = *parsed;
  if (json.contains("error")) return InternalError(json["error"].get<std::string>());
  result->status_word = json.at("status").get<uint32_t>();
  for (const Json& entry : json.at("faults")) result->faults.push_back(FaultFromJson(entry));
  for (const Json& entry : json.at("launches")) {
    result->launches.push_back({entry.at("kernel").get<std::string>(), entry.at("blocks").get<int64_t>(),
                                CountersFromJson(entry.at("counters")), entry.at("ms").get<double>()});
  }
  return OkStatus();
}

}  // namespace

Result<EmulationResult> Emulate(const Manifest& manifest, std::string_view cuda, std::span<const Tensor> inputs,
                                const EmulatorOptions& options) {
  Emulation emulation;
  emulation.manifest = &manifest;
  emulation.options = options;
  RAGGEDC_ASSIGN_OR_RETURN(emulation.plan, PlanExecution(manifest, inputs));
  RAGGEDC_ASSIGN_OR_RETURN(const std::string source, emulator::MakeHostSource(cuda, manifest, options.source_name));
  RAGGEDC_ASSIGN_OR_RETURN(const emulator::HostLibrary library, emulator::CompileForHost(source, options.source_name));
  emulation.library = library.path;
  RAGGEDC_RETURN_IF_ERROR(Allocate(&emulation));

  EmulationResult result;
  result.notes = emulation.plan.notes;
  result.compile_milliseconds = library.compile_milliseconds;
  const auto begin = std::chrono::steady_clock::now();
  int ends[2];
  pid_t child = -1;
  {
    // The end that the child writes to must be in no other child of this process, or its end is not seen before theirs.
    static std::mutex forking;
    const std::lock_guard<std::mutex> lock(forking);
    if (pipe2(ends, O_CLOEXEC) != 0) return EnvironmentError("could not make a pipe for the emulator");
    child = fork();
    if (child == 0) {
      close(ends[0]);
      RunChild(emulation, ends[1]);
    }
    close(ends[1]);
  }
  if (child < 0) {
    close(ends[0]);
    return EnvironmentError("could not start a process for the emulator");
  }
  std::string text;
  const bool in_time = ReadAll(ends[0], options.timeout_seconds, &text);
  close(ends[0]);
  if (!in_time) kill(child, SIGKILL);
  int wait_status = 0;
  while (waitpid(child, &wait_status, 0) < 0 && errno == EINTR) {
  }
  result.run_milliseconds = Milliseconds(std::chrono::steady_clock::now() - begin).count();
  RAGGEDC_RETURN_IF_ERROR(Collect(emulation, text, wait_status, in_time, &result));
  for (size_t i = 0; i < emulation.plan.values.size(); ++i) {
    const PlannedValue& value = emulation.plan.values[i];
    if (value.role != ValueRole::kOutput) continue;
    result.outputs.push_back(MakeTensor(value.name, value.dtype, value.shape));
    GatherFromStrided({emulation.addresses[i], static_cast<size_t>(value.bytes)}, value.strides,
                      &result.outputs.back());
  }
  return result;
}

}  // namespace raggedc
