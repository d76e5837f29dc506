#include "runtime/build_id.h"

#include <elf.h>
#include <link.h>

#include <cstdint>
#include <cstring>
#include <span>

#include "runtime/file_io.h"
#include "runtime/kernel_cache.h"

namespace raggedc {
namespace {

struct Search {
  uintptr_t address = 0;  // of something within the object that is looked for
  std::string file;
  std::string id;
};

std::string ToDigits(std::span<const unsigned char> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

// The id among the notes in a segment, "" when it is not there.
std::string FindId(const unsigned char* notes, size_t size) {
  constexpr size_t kAlignment = 4;
  const auto padded = [](size_t length) { return (length + kAlignment - 1) / kAlignment * kAlignment; };
  for (size_t at = 0; at + sizeof(ElfW(Nhdr)) <= size;) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes + at, sizeof(note));
    const size_t name = at + sizeof(note), content = name + padded(note.n_namesz);
    if (content + note.n_descsz > size) break;
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(notes + name, "GNU", 4) == 0) {
      return ToDigits({notes + content, note.n_descsz});
    }
    at = content + padded(note.n_descsz);
  }
  return "";
}

int Visit(dl_phdr_info* info, size_t, void* data) {
  auto* search = static_cast<Search*>(data);
  const std::span<const ElfW(Phdr)> headers(info->dlpi_phdr, info->dlpi_phnum);
  bool holds = false;
  for (const ElfW(Phdr) & header : headers) {
    const uintptr_t begin = info->dlpi_addr + header.p_vaddr;
    holds = holds || (header.p_type == PT_LOAD && search->address - begin < header.p_memsz);
  }
  if (!holds) return 0;
  search->file = info->dlpi_name;
  for (const ElfW(Phdr) & header : headers) {
    if (header.p_type != PT_NOTE || !search->id.empty()) continue;
    search->id = FindId(reinterpret_cast<const unsigned char*>(info->dlpi_addr + header.p_vaddr), header.p_memsz);
  }
  return 1;
}

}  // namespace

std::string BuildId() {
  Search search;
  search.address = reinterpret_cast<uintptr_t>(&BuildId);
  dl_iterate_phdr(Visit, &search);
  if (!search.id.empty()) return search.id;
  const Result<std::string> bytes = ReadFile(search.file.empty() ? "/proc/self/exe" : search.file);
  return bytes.ok() ? ToHex(HashSource(*bytes)) : "";
}

}  // namespace raggedc
