#include "runtime/library_search.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <link.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

#include "runtime/strings.h"

namespace raggedc {
namespace {

constexpr char kLoadersCache[] = "/etc/ld.so.cache";
// Where the loader looks first in each of its folders; before glibc 2.37 there are more, one in the other.
constexpr const char* kVariants[] = {"x86-64-v4", "x86-64-v3", "x86-64-v2", "power10", "power9", "z16", "z15", "z14"};
constexpr const char* kOldVariants[] = {"tls", "x86_64", "haswell", "xeon_phi", "aarch64", "atomics"};

bool Exists(const std::string& path) {
  struct stat info = {};
  return ::stat(path.c_str(), &info) == 0;
}

bool IsBare(const std::string& name) {
  return name.find('/') == std::string::npos;
}

// Whether this loader looks into kOldVariants: that of glibc before 2.37, or one that cannot be told.
bool HasOldVariants() {
  constexpr int kFirstWithout = 37;
  const std::string_view version = ::gnu_get_libc_version();
  return !version.starts_with("2.") || std::atoi(version.data() + 2) < kFirstWithout;
}

// The name that a library has given itself, which the loader knows it by wherever it lies; "" for none.
std::string_view OwnName(const dl_phdr_info& object) {
  const ElfW(Dyn)* entries = nullptr;
  for (ElfW(Half) i = 0; i < object.dlpi_phnum; ++i) {
    if (object.dlpi_phdr[i].p_type != PT_DYNAMIC) continue;
    entries = reinterpret_cast<const ElfW(Dyn)*>(object.dlpi_addr + object.dlpi_phdr[i].p_vaddr);
  }
  if (entries == nullptr) return "";
  const char* texts = nullptr;
  std::optional<size_t> place;
  for (; entries->d_tag != DT_NULL; ++entries) {
    // The loader turns it into an address, except where it keeps a library's own dynamic section as it is (the vDSO).
    if (entries->d_tag == DT_STRTAB) texts = reinterpret_cast<const char*>(entries->d_un.d_ptr);
    if (entries->d_tag == DT_SONAME) place = entries->d_un.d_val;
  }
  if (!place || reinterpret_cast<uintptr_t>(texts) < object.dlpi_addr) return "";
  return texts + *place;
}

// The folders in which the loader looks for what this library or program opens.
std::vector<std::string> LoaderFolders() {
  Dl_info info;
  link_map* own = nullptr;
  Dl_serinfo size = {};
  if (::dladdr1(reinterpret_cast<const void*>(&LoaderFolders), &info, reinterpret_cast<void**>(&own),
                RTLD_DL_LINKMAP) == 0 ||
      own == nullptr || ::dlinfo(own, RTLD_DI_SERINFOSIZE, &size) != 0) {
    return {};
  }
  // Its length is known at run time only; texts lie behind the list.
  const auto memory = std::make_unique<std::max_align_t[]>(size.dls_size / sizeof(std::max_align_t) + 1);
  auto* const search = reinterpret_cast<Dl_serinfo*>(memory.get());
  search->dls_size = size.dls_size;
  search->dls_cnt = size.dls_cnt;
  if (::dlinfo(own, RTLD_DI_SERINFO, search) != 0) return {};
  std::vector<std::string> folders;
  const Dl_serpath* const paths = search->dls_serpath;
  for (unsigned i = 0; i < search->dls_cnt; ++i) folders.emplace_back(paths[i].dls_name);
  return folders;
}

}  // namespace

std::string FileIdentity(const std::string& path) {
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0) return "-";
  return StrCat(info.st_dev, " ", info.st_ino, " ", info.st_size, " ", info.st_mtim.tv_sec, ".", info.st_mtim.tv_nsec,
                " ", info.st_ctim.tv_sec, ".", info.st_ctim.tv_nsec);
}

bool IsLibraryOpen(const std::vector<std::string>& names) {
  // Among what is open already: asking dlopen, with RTLD_NOLOAD, makes it search for the file.
  const auto look = [](dl_phdr_info* object, size_t, void* data) -> int {
    const std::string_view path = object->dlpi_name == nullptr ? "" : object->dlpi_name;
    const std::string_view file = path.substr(path.rfind('/') + 1), own = OwnName(*object);
    const auto& wanted = *static_cast<const std::vector<std::string>*>(data);
    return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& name) {
      return IsBare(name) && !name.empty() && (name == file || name == own);
    });
  };
  return ::dl_iterate_phdr(look, const_cast<std::vector<std::string>*>(&names)) != 0;
}

std::string DescribeLibrarySearch(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += StrCat(Printable(name, 4096), IsBare(name) ? "" : StrCat(": ", FileIdentity(name)), "\n");
  }
  if (std::none_of(names.begin(), names.end(), IsBare)) return text;
  text += StrCat(kLoadersCache, ": ", FileIdentity(kLoadersCache), "\n");
  const auto look = [&](const std::string& folder) {
    for (const std::string& name : names) {
      if (!IsBare(name)) continue;
      const std::string path = StrCat(folder, "/", name);
      if (const std::string identity = FileIdentity(path); identity != "-") {
        text += StrCat(Printable(path, 4096), ": ", identity, "\n");
      }
    }
  };
  const bool has_old_variants = HasOldVariants();
  for (const std::string& folder : LoaderFolders()) {
    text += StrCat(Printable(folder, 4096), "\n");  // an order is part of the answer
    for (const char* variant : kOldVariants) {
      if (has_old_variants && Exists(StrCat(folder, "/", variant))) return "";
    }
    const std::string variants = StrCat(folder, "/glibc-hwcaps");
    if (Exists(variants)) {
      for (const char* variant : kVariants) look(StrCat(variants, "/", variant));
    }
    look(folder);
  }
  return text;
}

}  // namespace raggedc
