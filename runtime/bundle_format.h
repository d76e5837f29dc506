// The bytes of a bundle, version 1: a header, a table, and the entries. Numbers are little-endian.
//
//   header, 64 bytes        magic[8]  u32 version  u32 entries  u64 file_bytes  u64 table_bytes  u32 record_bytes
//                           u32 producer_bytes  u64 zero  hash[16], of the header before it and the table
//   table, table_bytes      a record for each entry, then the text of all: producer; name, arch, spec, options of each;
//                           zeros up to a multiple of 64
//   entries                 each at a multiple of 64: cubin, manifest (JSON), resources (JSON), zeros up to a multiple
//   of
//                           64. One begins where the last ends, and the last ends where the file does
//
//   record, 96 bytes        u64 begin  u64 cubin_bytes  u64 manifest_bytes  u64 resources_bytes
//                           hash[16], of the entry and its zeros
//                           u32 name_bytes  u32 arch_bytes  u32 spec_bytes  u32 options_bytes
//                           u64 shared_bytes  u64 capacity  u32 nvrtc_version  u32 zero  u64 zero
//
// A hash is XXH3 of 128 bits, its low half first. So every byte of a file is under a hash.
#ifndef RAGGEDC_RUNTIME_BUNDLE_FORMAT_H_
#define RAGGEDC_RUNTIME_BUNDLE_FORMAT_H_

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "runtime/compiled_kernel.h"

namespace raggedc::bundle_format {

static_assert(std::endian::native == std::endian::little, "numbers are read and written as they lie in memory");

constexpr std::string_view kMagic("\x93ragged\n", 8);
constexpr uint32_t kVersion = 1;
constexpr uint64_t kAlignment = 64;
constexpr uint64_t kHeaderBytes = 64;
constexpr uint64_t kHeaderBytesHashed = 48;
constexpr uint64_t kRecordBytes = 96;
constexpr uint64_t kRecordHashAt = 32;
// Far beyond what anyone makes, and small enough that no sum of them overflows.
constexpr uint64_t kMostEntries = 1 << 16;
constexpr uint64_t kMostTableBytes = 1 << 28;
constexpr uint64_t kMostFileBytes = uint64_t{1} << 40;

constexpr uint64_t Align(uint64_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

// Numbers one after the other.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

  template <typename Number>
  Number Take() {
    Number number;
    std::memcpy(&number, bytes_.data(), sizeof(number));
    bytes_.remove_prefix(sizeof(number));
    return number;
  }
  SourceHash TakeHash() {
    const uint64_t low = Take<uint64_t>();
    return {Take<uint64_t>(), low};
  }
  std::string_view TakeText(size_t bytes) {
    const std::string_view text = bytes_.substr(0, bytes);
    bytes_.remove_prefix(text.size());
    return text;
  }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

template <typename Number>
void Put(std::string* bytes, Number number) {
  char raw[sizeof(number)];
  std::memcpy(raw, &number, sizeof(number));
  bytes->append(raw, sizeof(raw));
}
inline void PutHash(std::string* bytes, const SourceHash& hash) {
  Put(bytes, hash.low);
  Put(bytes, hash.high);
}
inline void PadTo(std::string* bytes, uint64_t size) {
  bytes->resize(size, '\0');
}

}  // namespace raggedc::bundle_format

#endif  // RAGGEDC_RUNTIME_BUNDLE_FORMAT_H_
