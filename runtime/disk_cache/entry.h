// One kernel as the bytes of one file.
//
//    0  "RAGGEDK\n"                         32  bytes of the resources
//    8  format version (4 bytes)            40  bytes of the cubin
//   12  zero (4 bytes)                      48  key, manifest, resources, cubin, in this order, nothing between
//   16  bytes of the key                   end-16  XXH3 of 128 bits over all that is in front, high half first
//   24  bytes of the manifest
//
// Numbers are little-endian, 8 bytes unless said otherwise. Every version keeps the first twelve bytes and the hash, so
// that a damaged entry is told from one of another version.
#ifndef RAGGEDC_RUNTIME_DISK_CACHE_ENTRY_H_
#define RAGGEDC_RUNTIME_DISK_CACHE_ENTRY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/compiled_kernel.h"
#include "runtime/status.h"

namespace raggedc {

inline constexpr uint32_t kEntryVersion = 1;
inline constexpr int64_t kLargestEntry = int64_t{256} << 20;  // bytes; larger ones are neither written nor read

// Everything that decides the kernel, as lines `name value`: two keys have one text only if they are equal.
std::string EntryKeyText(const KernelKey& key, std::string_view producer);
// The names and values of such a text; nothing when it is no such text.
std::optional<std::vector<std::pair<std::string, std::string>>> ParseEntryKey(std::string_view text);

// What the file of a key is called: 32 digits of the text's hash and ".kernel".
std::string EntryFileName(std::string_view key_text);
bool IsEntryFileName(std::string_view name);

// "" when the kernel cannot be written: too large, or a manifest that does not read back.
std::string EncodeEntry(std::string_view key_text, const CompiledKernel& kernel);

enum class EntryState {
  kGood,
  kForeign,  // another format version
  kDamaged,
};
struct DecodedEntry {
  EntryState state = EntryState::kDamaged;
  std::string problem;   // why it is not good
  std::string key_text;  // of a good one
  CompiledKernel kernel;
};

// Checks all of it: the hash, then every part, and that the key and the manifest speak of one architecture.
DecodedEntry DecodeEntry(std::string_view bytes);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_DISK_CACHE_ENTRY_H_
