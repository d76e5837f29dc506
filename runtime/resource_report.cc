#include "runtime/resource_report.h"

#include <charconv>
#include <optional>

#include "runtime/strings.h"

namespace raggedc {
namespace {

// The number that stands directly in front of `unit` in `line` ("1200 bytes stack frame"), or nothing.
std::optional<int64_t> NumberBefore(std::string_view line, std::string_view unit) {
  const size_t at = line.find(unit);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view head = Trim(line.substr(0, at));
  const size_t space = head.find_last_not_of("0123456789");
  return ParseInt(space == std::string_view::npos ? head : head.substr(space + 1));
}

// The text between the first two single quotes.
std::string_view Quoted(std::string_view line) {
  const size_t open = line.find('\'');
  if (open == std::string_view::npos) return {};
  const size_t close = line.find('\'', open + 1);
  return close == std::string_view::npos ? std::string_view() : line.substr(open + 1, close - open - 1);
}

// What has been read of the kernel that the report is about at the moment.
struct Pending {
  KernelResources resources;
  bool in_own_properties = false;  // the stack line that follows belongs to the kernel, not to a function it calls
  bool has_registers = false;
  bool has_spills = false;
};

Status Complete(const std::optional<Pending>& pending, std::vector<KernelResources>* reports) {
  if (!pending) return OkStatus();
  if (!pending->has_registers || !pending->has_spills) {
    return InternalError(StrCat("expected ptxas to report registers and spills of ", pending->resources.symbol,
                                ", got a log without them"));
  }
  reports->push_back(pending->resources);
  return OkStatus();
}

}  // namespace

Result<std::vector<KernelResources>> ParseResourceReport(std::string_view log) {
  constexpr std::string_view kEntry = "Compiling entry function";
  constexpr std::string_view kProperties = "Function properties for ";
  std::vector<KernelResources> reports;
  std::optional<Pending> pending;
  for (const std::string_view line : Split(log, '\n')) {
    if (!line.starts_with("ptxas") && !line.starts_with(' ')) continue;
    if (line.find(kEntry) != std::string_view::npos) {
      RAGGEDC_RETURN_IF_ERROR(Complete(pending, &reports));
      pending.emplace();
      pending->resources.symbol = Quoted(line);
      continue;
    }
    if (!pending) continue;
    KernelResources& resources = pending->resources;
    if (const size_t at = line.find(kProperties); at != std::string_view::npos) {
      const std::string_view function = Trim(line.substr(at + kProperties.size()));
      pending->in_own_properties = function == resources.symbol || Quoted(line) == resources.symbol;
    } else if (const auto stack = NumberBefore(line, " bytes stack frame")) {
      const auto stores = NumberBefore(line, " bytes spill stores");
      const auto loads = NumberBefore(line, " bytes spill loads");
      if (!stores || !loads) continue;
      // Spills of functions that were not inlined cost the kernel as much as its own.
      resources.spill_store_bytes += *stores;
      resources.spill_load_bytes += *loads;
      if (pending->in_own_properties) resources.stack_bytes = std::max(resources.stack_bytes, *stack);
      pending->has_spills = true;
    } else if (const auto registers = NumberBefore(line, " registers")) {
      if (line.find("Used ") == std::string_view::npos) continue;
      resources.registers = *registers;
      resources.barriers = NumberBefore(line, " barriers").value_or(0);
      resources.static_shared_bytes = NumberBefore(line, " bytes smem").value_or(0);
      const int64_t cumulative = NumberBefore(line, " bytes cumulative stack size").value_or(0);
      resources.stack_bytes = std::max(resources.stack_bytes, cumulative);
      pending->has_registers = true;
    } else if (const size_t time = line.find("Compile time = "); time != std::string_view::npos) {
      const std::string_view number = line.substr(time + 15);
      std::from_chars(number.data(), number.data() + number.size(), resources.ptxas_milliseconds);
    }
  }
  RAGGEDC_RETURN_IF_ERROR(Complete(pending, &reports));
  if (reports.empty()) return InternalError("expected a ptxas report in the compiler's log, got none");
  // Warnings may stand anywhere: "... wgmma.mma_async instructions are serialized due to ... in the function 'k'".
  for (const std::string_view line : Split(log, '\n')) {
    if (line.find("wgmma.mma_async instructions are serialized") == std::string_view::npos) continue;
    for (KernelResources& kernel : reports) {
      if (line.find(StrCat("'", kernel.symbol, "'")) != std::string_view::npos) kernel.serialized = true;
    }
  }
  return reports;
}

const KernelResources* FindResources(std::span<const KernelResources> resources, std::string_view symbol) {
  for (const KernelResources& entry : resources) {
    if (entry.symbol == symbol) return &entry;
  }
  return nullptr;
}

Status CheckNoSpills(const KernelResources& resources) {
  if (resources.spill_store_bytes == 0 && resources.spill_load_bytes == 0 && resources.stack_bytes == 0) {
    return OkStatus();
  }
  return InternalError(StrCat("expected kernel ", resources.symbol, " to keep its values in registers, got ",
                              resources.spill_store_bytes, " bytes of spill stores, ", resources.spill_load_bytes,
                              " of spill loads and a stack of ", resources.stack_bytes, " with ", resources.registers,
                              " registers a thread"));
}

Status CheckNotSerialized(const KernelResources& resources) {
  if (!resources.serialized) return OkStatus();
  return InternalError(StrCat("expected the products of kernel ", resources.symbol,
                              " to overlap, got a warning of ptxas that they are serialized"));
}

}  // namespace raggedc
