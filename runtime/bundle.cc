#include "runtime/bundle.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>

#include "runtime/bundle_format.h"
#include "runtime/json.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

using namespace bundle_format;

struct Arch {
  int number = 0;  // 90
  char variant = 0;
};

std::optional<Arch> ParseArch(std::string_view text) {
  if (!text.starts_with("sm_")) return std::nullopt;
  text.remove_prefix(3);
  Arch arch;
  if (!text.empty() && (text.back() == 'a' || text.back() == 'f')) {
    arch.variant = text.back();
    text.remove_suffix(1);
  }
  const std::optional<int64_t> number = text.size() <= 3 ? ParseInt(text) : std::nullopt;
  if (!number || *number < 10) return std::nullopt;
  arch.number = static_cast<int>(*number);
  return arch;
}

Status Damaged(std::string_view expected, std::string_view got) {
  return InvalidArgument(StrCat("expected ", expected, ", got ", got, ": the bundle is damaged"));
}

Result<std::vector<KernelResources>> ParseResources(std::string_view text) {
  RAGGEDC_ASSIGN_OR_RETURN(const Json list, ParseJson(text));
  if (!list.is_array()) return InvalidArgument("expected a list of resources");
  std::vector<KernelResources> resources;
  for (const Json& item : list) {
    KernelResources kernel;
    if (!item.is_object() || !item.contains("symbol") || !item["symbol"].is_string()) {
      return InvalidArgument("expected the resources of a kernel to have its symbol");
    }
    kernel.symbol = item["symbol"].get<std::string>();
    const std::pair<const char*, int64_t*> numbers[] = {{"registers", &kernel.registers},
                                                        {"static_shared_bytes", &kernel.static_shared_bytes},
                                                        {"stack_bytes", &kernel.stack_bytes},
                                                        {"spill_store_bytes", &kernel.spill_store_bytes},
                                                        {"spill_load_bytes", &kernel.spill_load_bytes},
                                                        {"barriers", &kernel.barriers}};
    for (const auto& [name, number] : numbers) {
      if (!item.contains(name) || !item[name].is_number_integer()) {
        return InvalidArgument(StrCat("expected the resources of ", Printable(kernel.symbol), " to have ", name));
      }
      *number = item[name].get<int64_t>();
    }
    resources.push_back(std::move(kernel));
  }
  return resources;
}

}  // namespace

bool RunsOn(std::string_view arch, std::string_view device_arch) {
  const std::optional<Arch> made = ParseArch(arch), device = ParseArch(device_arch);
  if (!made || !device) return false;
  if (made->number == device->number) return true;
  if (made->variant == 'a' || made->number / 10 != device->number / 10 || made->number > device->number) return false;
  // Jetson's chips neither run what was made for cards nor the other way round.
  const auto is_embedded = [](int number) { return number == 72 || number == 87 || number == 88; };
  return !is_embedded(made->number) && !is_embedded(device->number);
}

int64_t LargestSharedBytes(const Manifest& manifest) {
  int64_t largest = 0;
  for (const ManifestKernel& kernel : manifest.kernels) largest = std::max(largest, kernel.shared_bytes);
  return largest;
}

int64_t SmallestCapacity(const Manifest& manifest) {
  int64_t smallest = 0;
  for (const ManifestKernel& kernel : manifest.kernels) {
    if (kernel.capacity > 0) smallest = smallest == 0 ? kernel.capacity : std::min(smallest, kernel.capacity);
  }
  return smallest;
}

Result<std::unique_ptr<Bundle>> Bundle::Open(const std::string& path) {
  const std::string shown = Printable(path, 4096);
  const auto fail = [&](std::string_view why) { return InvalidArgument(StrCat("cannot read ", shown, ": ", why)); };
  if (path.find('\0') != std::string::npos) return fail("expected a name without a zero byte");
  std::unique_ptr<Bundle> bundle(new Bundle(shown));
  // A pipe that nobody writes to must not keep us.
  bundle->file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (bundle->file_ < 0) return fail(std::strerror(errno));
  struct stat state;
  if (::fstat(bundle->file_, &state) != 0) return fail(std::strerror(errno));
  if (!S_ISREG(state.st_mode)) return fail("expected a regular file");
  bundle->file_bytes_ = state.st_size;
  if (const Status status = bundle->ReadTable(); !status.ok()) return status.WithContext(shown);
  return bundle;
}

Result<std::unique_ptr<Bundle>> Bundle::FromMemory(std::string_view bytes, std::string name) {
  std::unique_ptr<Bundle> bundle(new Bundle(std::move(name)));
  bundle->memory_ = bytes;
  bundle->file_bytes_ = static_cast<int64_t>(bytes.size());
  if (const Status status = bundle->ReadTable(); !status.ok()) return status.WithContext(bundle->name_);
  return bundle;
}

Bundle::~Bundle() {
  if (file_ >= 0) ::close(file_);
}

Status Bundle::ReadAt(uint64_t begin, uint64_t size, std::string* bytes) const {
  if (file_ < 0) {
    bytes->assign(memory_.substr(begin, size));
    return OkStatus();
  }
  bytes->resize(size);
  for (size_t done = 0; done < size;) {
    const ssize_t got = ::pread(file_, bytes->data() + done, size - done, static_cast<off_t>(begin + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return InvalidArgument(StrCat("cannot read: ", std::strerror(errno)));
    if (got == 0) return InvalidArgument("expected the file to stay as it is while it is in use, got a shorter one");
    done += static_cast<size_t>(got);
  }
  return OkStatus();
}

Status Bundle::ReadTable() {
  const uint64_t file_bytes = static_cast<uint64_t>(file_bytes_);
  std::string header;
  RAGGEDC_RETURN_IF_ERROR(ReadAt(0, std::min(kHeaderBytes, file_bytes), &header));
  if (!header.starts_with(kMagic.substr(0, std::min(kMagic.size(), header.size()))) || header.empty()) {
    return InvalidArgument("expected a bundle, as raggedc compile --emit bundle writes it, got another file");
  }
  if (header.size() < kHeaderBytes) {
    return Damaged(StrCat("a header of ", kHeaderBytes, " bytes"), StrCat("a file of ", file_bytes));
  }
  Cursor fields(header);
  fields.TakeText(kMagic.size());
  const uint32_t version = fields.Take<uint32_t>();
  if (version != kVersion) {
    return InvalidArgument(StrCat("expected a bundle of version ", kVersion, ", got version ", version,
                                  version > kVersion ? ", which a later raggedc writes" : ""));
  }
  const uint32_t count = fields.Take<uint32_t>();
  const uint64_t stated_bytes = fields.Take<uint64_t>(), table_bytes = fields.Take<uint64_t>();
  const uint32_t record_bytes = fields.Take<uint32_t>(), producer_bytes = fields.Take<uint32_t>();
  const uint64_t zero = fields.Take<uint64_t>();
  if (stated_bytes != file_bytes) {
    return Damaged(StrCat("a file of ", stated_bytes, " bytes, as its header says"), StrCat(file_bytes));
  }
  if (zero != 0 || record_bytes != kRecordBytes || count > kMostEntries || table_bytes > kMostTableBytes ||
      table_bytes % kAlignment != 0 || file_bytes > kMostFileBytes || table_bytes > file_bytes - kHeaderBytes ||
      uint64_t{count} * kRecordBytes + producer_bytes > table_bytes) {
    return Damaged("a header that agrees with itself", "one that does not");
  }
  std::string table;
  RAGGEDC_RETURN_IF_ERROR(ReadAt(kHeaderBytes, table_bytes, &table));
  if (HashSource(header.substr(0, kHeaderBytesHashed) + table) != fields.TakeHash()) {
    return Damaged("the table to match its hash", "another one");
  }

  Cursor records(table);
  Cursor texts(std::string_view(table).substr(count * kRecordBytes));
  producer_ = texts.TakeText(producer_bytes);
  uint64_t end = kHeaderBytes + table_bytes;
  for (uint32_t i = 0; i < count; ++i) {
    BundleEntry entry;
    Extent extent;
    extent.begin = records.Take<uint64_t>();
    extent.cubin_bytes = records.Take<uint64_t>();
    extent.manifest_bytes = records.Take<uint64_t>();
    extent.resources_bytes = records.Take<uint64_t>();
    entry.hash = records.TakeHash();
    std::string spec;
    uint32_t sizes[4];
    uint64_t text_bytes = 0;
    for (uint32_t& size : sizes) text_bytes += size = records.Take<uint32_t>();
    const uint64_t shared_bytes = records.Take<uint64_t>(), capacity = records.Take<uint64_t>();
    const uint32_t nvrtc_version = records.Take<uint32_t>();
    const uint64_t zeros = records.Take<uint32_t>() | records.Take<uint64_t>();
    const bool fits = text_bytes <= texts.rest().size() && extent.begin == end && extent.cubin_bytes <= file_bytes &&
                      extent.manifest_bytes <= file_bytes && extent.resources_bytes <= file_bytes;
    if (fits) {
      extent.bytes = Align(extent.cubin_bytes + extent.manifest_bytes + extent.resources_bytes);
      end += extent.bytes;
    }
    if (!fits || end > file_bytes || zeros != 0 || shared_bytes > INT32_MAX || capacity > kMostFileBytes ||
        nvrtc_version > INT32_MAX) {
      return Damaged(StrCat("entry ", i, " to agree with the file"), "one that does not");
    }
    std::string* const fields_of_text[] = {&entry.name, &entry.arch, &spec, &entry.options};
    for (size_t j = 0; j < 4; ++j) *fields_of_text[j] = texts.TakeText(sizes[j]);
    if (!spec.empty()) {
      Result<Spec> parsed = ParseSpec(spec);
      if (!parsed.ok()) return parsed.status().WithContext(StrCat("spec of entry ", i));
      entry.spec = *std::move(parsed);
    }
    if (!ParseArch(entry.arch) || entry.name.empty()) {
      return Damaged(StrCat("entry ", i, " to have a name and an architecture"), "none");
    }
    entry.shared_bytes = static_cast<int64_t>(shared_bytes);
    entry.capacity = static_cast<int64_t>(capacity);
    entry.nvrtc_version = static_cast<int>(nvrtc_version);
    entry.cubin_bytes = static_cast<int64_t>(extent.cubin_bytes);
    entries_.push_back(std::move(entry));
    extents_.push_back(extent);
  }
  if (end != file_bytes || texts.rest().size() >= kAlignment ||
      texts.rest().find_first_not_of('\0') != std::string_view::npos) {
    return Damaged("entries that fill the file", "others");
  }
  loaded_.resize(entries_.size());
  return OkStatus();
}

Result<Bundle::Value> Bundle::LoadFresh(size_t index) const {
  const BundleEntry& entry = entries_[index];
  const Extent& extent = extents_[index];
  const auto load = [&]() -> Result<Value> {
    std::string bytes;
    RAGGEDC_RETURN_IF_ERROR(ReadAt(extent.begin, extent.bytes, &bytes));
    if (HashSource(bytes) != entry.hash) return Damaged("the entry to match its hash", "another one");
    Cursor parts(bytes);
    auto kernel = std::make_shared<CompiledKernel>();
    kernel->cubin = parts.TakeText(extent.cubin_bytes);
    RAGGEDC_ASSIGN_OR_RETURN(kernel->manifest, ParseManifest(parts.TakeText(extent.manifest_bytes)));
    RAGGEDC_ASSIGN_OR_RETURN(kernel->resources, ParseResources(parts.TakeText(extent.resources_bytes)));
    const Manifest& manifest = kernel->manifest;
    if (manifest.name != entry.name || manifest.arch != entry.arch ||
        LargestSharedBytes(manifest) != entry.shared_bytes || SmallestCapacity(manifest) != entry.capacity) {
      return Damaged("the manifest to say what the table says", "something else");
    }
    return Value(std::move(kernel));
  };
  Result<Value> value = load();
  if (value.ok()) return value;
  return value.status().WithContext(StrCat(name_, ": ", Printable(entry.name), " for ", Printable(entry.arch)));
}

Result<Bundle::Value> Bundle::Load(size_t index) const {
  if (index >= entries_.size()) {
    return InvalidArgument(StrCat(name_, ": expected an entry below ", entries_.size(), ", got ", index));
  }
  const auto kept = [&]() -> Value { return loaded_[index].lock(); };
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (Value value = kept()) return value;
  }
  // Without the lock: whoever wants another entry need not wait for the disk.
  RAGGEDC_ASSIGN_OR_RETURN(Value fresh, LoadFresh(index));
  const std::lock_guard<std::mutex> lock(mutex_);
  if (Value value = kept()) return value;
  loaded_[index] = fresh;
  return fresh;
}

template <typename Matches>
std::optional<size_t> Bundle::FindBest(const BundleTarget& target, const Matches& matches) const {
  std::optional<size_t> best;
  const auto rank = [&](size_t index) {
    const Arch arch = *ParseArch(entries_[index].arch);
    return std::tuple(arch.number, arch.variant == 'a' ? 2 : arch.variant == 'f' ? 1 : 0);
  };
  for (size_t i = 0; i < entries_.size(); ++i) {
    const BundleEntry& entry = entries_[i];
    if (!matches(entry) || !RunsOn(entry.arch, target.arch)) continue;
    if (target.shared_bytes > 0 && entry.shared_bytes > target.shared_bytes) continue;
    if (!best || rank(i) > rank(*best)) best = i;
  }
  return best;
}

Result<Bundle::Value> Bundle::Find(const Spec& spec, const BundleTarget& target) const {
  Spec wanted = spec;
  wanted.name = "ragged";
  const std::optional<size_t> best =
      FindBest(target, [&](const BundleEntry& entry) { return entry.spec && *entry.spec == wanted; });
  return best ? Load(*best) : Value();
}

Result<Bundle::Value> Bundle::Find(std::string_view name, const BundleTarget& target) const {
  const auto matches = [&](const BundleEntry& entry) { return entry.name == name; };
  const std::optional<size_t> best = FindBest(target, matches);
  if (!best) return Value();
  for (const BundleEntry& entry : entries_) {
    if (!matches(entry) || entry.spec == entries_[*best].spec) continue;
    return InvalidArgument(StrCat(name_, ": expected one program called ", Printable(name),
                                  ", got several, which their specs tell apart"));
  }
  return Load(*best);
}

Status Bundle::Verify() const {
  for (size_t i = 0; i < entries_.size(); ++i) RAGGEDC_RETURN_IF_ERROR(LoadFresh(i).status());
  return OkStatus();
}

}  // namespace raggedc
