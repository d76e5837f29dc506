#include "runtime/compiled_kernel.h"

#define XXH_INLINE_ALL  // the header alone, nothing to link
#include <xxhash.h>

namespace raggedc {

SourceHash HashSource(std::string_view source) {
  const XXH128_hash_t hash = XXH3_128bits(source.data(), source.size());
  return {hash.high64, hash.low64};
}

std::string ToHex(const SourceHash& hash) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint64_t half : {hash.high, hash.low}) {
    for (int shift = 60; shift >= 0; shift -= 4) text.push_back(kDigits[(half >> shift) & 15]);
  }
  return text;
}

size_t KernelKeyHash::operator()(const KernelKey& key) const {
  const std::hash<std::string> text_hash;
  size_t hash = SpecHash()(key.spec);
  for (const uint64_t piece : {uint64_t{text_hash(key.arch)}, uint64_t{text_hash(key.options)}, key.source.high,
                               key.source.low, static_cast<uint64_t>(key.nvrtc_version)}) {
    hash = (hash ^ piece) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 29;
  }
  return hash;
}

}  // namespace raggedc
