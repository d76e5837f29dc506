#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "runtime/bundle.h"
#include "runtime/bundle_format.h"
#include "runtime/json.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

using namespace bundle_format;

// An item with what the table says of it.
struct Row {
  const BundleItem* item = nullptr;
  Manifest manifest;
  std::string spec;  // canonical, "" when there is none
  std::string resources;
};

std::string ResourcesJson(std::span<const KernelResources> resources) {
  Json list = Json::array();
  for (const KernelResources& kernel : resources) {
    // Not the time ptxas took, which is another one each time.
    list.push_back({{"symbol", kernel.symbol},
                    {"registers", kernel.registers},
                    {"static_shared_bytes", kernel.static_shared_bytes},
                    {"stack_bytes", kernel.stack_bytes},
                    {"spill_store_bytes", kernel.spill_store_bytes},
                    {"spill_load_bytes", kernel.spill_load_bytes},
                    {"barriers", kernel.barriers}});
  }
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Row> MakeRow(const BundleItem& item) {
  Row row;
  row.item = &item;
  RAGGEDC_ASSIGN_OR_RETURN(row.manifest, ParseManifest(item.manifest));
  const std::string what = StrCat(Printable(row.manifest.name), " for ", Printable(row.manifest.arch));
  if (!RunsOn(row.manifest.arch, row.manifest.arch)) {
    return InvalidArgument(StrCat(what, ": expected an architecture such as sm_90a"));
  }
  if (item.cubin.substr(0, 4) !=
      "\x7f"
      "ELF") {
    return InvalidArgument(StrCat(what, ": expected a cubin, got ", item.cubin.size(), " bytes of something else"));
  }
  if (item.spec) {
    Spec spec = *item.spec;
    spec.name = "ragged";
    row.spec = ToString(spec);
  }
  row.resources = ResourcesJson(item.resources);
  return row;
}

// A spec finds one module for an architecture. So does a name, unless specs tell those apart that have it, such as the
// name that specs have by default.
Status CheckDistinct(std::span<const Row> rows) {
  std::set<std::pair<std::string_view, std::string_view>> specs;
  std::map<std::pair<std::string_view, std::string_view>, bool> names;  // whether one of them has no spec
  for (const Row& row : rows) {
    const std::string_view name = row.manifest.name, arch = row.manifest.arch;
    if (!row.spec.empty() && !specs.emplace(row.spec, arch).second) {
      return InvalidArgument(StrCat("expected one module for ", row.spec, " and ", arch, " in a bundle, got two"));
    }
    const auto [position, is_new] = names.emplace(std::pair(name, arch), row.spec.empty());
    if (!is_new && (position->second || row.spec.empty())) {
      return InvalidArgument(
          StrCat("expected one module called ", Printable(name), " for ", arch, " in a bundle, got two"));
    }
  }
  return OkStatus();
}

}  // namespace

Result<std::string> SerializeBundle(std::span<const BundleItem> items, std::string_view producer) {
  if (items.size() > kMostEntries) {
    return InvalidArgument(StrCat("expected at most ", kMostEntries, " modules in a bundle, got ", items.size()));
  }
  std::vector<Row> rows;
  for (const BundleItem& item : items) {
    RAGGEDC_ASSIGN_OR_RETURN(Row row, MakeRow(item));
    rows.push_back(std::move(row));
  }
  const auto key = [](const Row& row) { return std::tie(row.manifest.name, row.spec, row.manifest.arch); };
  std::sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return key(a) < key(b); });
  RAGGEDC_RETURN_IF_ERROR(CheckDistinct(rows));

  std::string texts(producer);
  for (const Row& row : rows) {
    texts.append(row.manifest.name).append(row.manifest.arch).append(row.spec).append(row.item->options);
  }
  const uint64_t table_bytes = Align(rows.size() * kRecordBytes + texts.size());
  if (table_bytes > kMostTableBytes) {
    return InvalidArgument(StrCat("expected a table of at most ", kMostTableBytes, " bytes, got ", table_bytes));
  }
  std::string table, entries;
  for (const Row& row : rows) {
    const size_t begin = entries.size();
    entries.append(row.item->cubin).append(row.item->manifest).append(row.resources);
    PadTo(&entries, Align(entries.size()));
    Put<uint64_t>(&table, kHeaderBytes + table_bytes + begin);
    Put<uint64_t>(&table, row.item->cubin.size());
    Put<uint64_t>(&table, row.item->manifest.size());
    Put<uint64_t>(&table, row.resources.size());
    PutHash(&table, HashSource(std::string_view(entries).substr(begin)));
    for (const std::string* text : {&row.manifest.name, &row.manifest.arch, &row.spec, &row.item->options}) {
      Put<uint32_t>(&table, static_cast<uint32_t>(text->size()));
    }
    Put<uint64_t>(&table, static_cast<uint64_t>(LargestSharedBytes(row.manifest)));
    Put<uint64_t>(&table, static_cast<uint64_t>(SmallestCapacity(row.manifest)));
    Put<uint32_t>(&table, static_cast<uint32_t>(row.item->nvrtc_version));
    Put<uint32_t>(&table, 0);
    Put<uint64_t>(&table, 0);
  }
  table.append(texts);
  PadTo(&table, table_bytes);

  std::string bytes(kMagic);
  Put<uint32_t>(&bytes, kVersion);
  Put<uint32_t>(&bytes, static_cast<uint32_t>(rows.size()));
  Put<uint64_t>(&bytes, kHeaderBytes + table_bytes + entries.size());
  Put<uint64_t>(&bytes, table_bytes);
  Put<uint32_t>(&bytes, kRecordBytes);
  Put<uint32_t>(&bytes, static_cast<uint32_t>(producer.size()));
  Put<uint64_t>(&bytes, 0);
  PutHash(&bytes, HashSource(bytes + table));
  return bytes + table + entries;
}

}  // namespace raggedc
