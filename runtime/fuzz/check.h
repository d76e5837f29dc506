// What must hold for any input of the parsers that read what strangers wrote. A violation ends the process.
#ifndef RAGGEDC_RUNTIME_FUZZ_CHECK_H_
#define RAGGEDC_RUNTIME_FUZZ_CHECK_H_

#include <cstdlib>
#include <string>
#include <string_view>

#include "runtime/bundle.h"
#include "runtime/bundle_format.h"
#include "runtime/disk_cache/entry.h"
#include "runtime/safetensors.h"
#include "runtime/spec.h"

namespace raggedc {

// A failed parse says why in one line.
inline void CheckMessage(const Status& status) {
  if (status.code() != StatusCode::kInvalidArgument || status.message().empty()) std::abort();
  for (const char c : status.message()) {
    if (c < 0x20 || c > 0x7e) std::abort();
  }
}

// What parses can be written, and parses again to the same.
inline void CheckSafetensors(std::string_view bytes) {
  const Result<SafetensorsFile> file = ParseSafetensors(bytes, "fuzz");
  if (!file.ok()) return CheckMessage(file.status());
  const Result<std::string> written = SerializeSafetensors(file->tensors, file->metadata);
  if (!written.ok()) std::abort();
  const Result<SafetensorsFile> again = ParseSafetensors(*written, "again");
  if (!again.ok() || again->tensors.size() != file->tensors.size() || again->metadata != file->metadata) std::abort();
  for (const Tensor& tensor : file->tensors) {
    const Tensor* other = FindTensor(again->tensors, tensor.name);
    if (other == nullptr || other->dtype != tensor.dtype || other->shape != tensor.shape ||
        other->data != tensor.data) {
      std::abort();
    }
  }
}

inline void CheckSpec(std::string_view text) {
  const Result<Spec> spec = ParseSpec(text);
  if (!spec.ok()) return CheckMessage(spec.status());
  const Result<Spec> again = ParseSpec(ToString(*spec));
  if (!again.ok() || *again != *spec || SpecHash()(*again) != SpecHash()(*spec)) std::abort();
  if (ToMlir(*spec).empty()) std::abort();
}

// The bytes with every hash set to what is there, so that what lies behind the hashes is reached.
inline std::string WithRightHashes(std::string_view given) {
  using namespace bundle_format;
  std::string bytes(given);
  if (bytes.size() < kHeaderBytes) return bytes;
  const auto set = [&](size_t at, std::string_view content) {
    std::string hash;
    PutHash(&hash, HashSource(content));
    bytes.replace(at, hash.size(), hash);
  };
  Cursor header(given);
  header.TakeText(12);
  const uint32_t count = header.Take<uint32_t>();
  header.TakeText(8);
  const uint64_t table_bytes = header.Take<uint64_t>();
  if (table_bytes > bytes.size() - kHeaderBytes) return bytes;
  for (uint64_t i = 0; i < count && (i + 1) * kRecordBytes <= table_bytes; ++i) {
    const size_t at = kHeaderBytes + i * kRecordBytes;
    Cursor record(std::string_view(bytes).substr(at));
    const uint64_t begin = record.Take<uint64_t>();
    uint64_t size = 0;
    for (int part = 0; part < 3; ++part) size += record.Take<uint64_t>() % kMostFileBytes;
    if (begin <= bytes.size()) set(at + kRecordHashAt, std::string(bytes, begin, Align(size)));
  }
  set(kHeaderBytesHashed, bytes.substr(0, kHeaderBytesHashed) + bytes.substr(kHeaderBytes, table_bytes));
  return bytes;
}

// What opens can be loaded or says why not, and finds each module that loads under its own name and spec.
inline void CheckBundle(std::string_view given) {
  for (const std::string& bytes : {std::string(given), WithRightHashes(given)}) {
    const Result<std::unique_ptr<Bundle>> bundle = Bundle::FromMemory(bytes, "fuzz");
    if (!bundle.ok()) {
      CheckMessage(bundle.status());
      continue;
    }
    bool all = true;
    for (size_t i = 0; i < (*bundle)->entries().size(); ++i) {
      const BundleEntry& entry = (*bundle)->entries()[i];
      const Result<Bundle::Value> kernel = (*bundle)->Load(i);
      all = all && kernel.ok();
      if (!kernel.ok()) CheckMessage(kernel.status());
      if (kernel.ok() && (*kernel)->manifest.name != entry.name) std::abort();
      if (entry.spec && (*bundle)->Find(*entry.spec, {entry.arch}).ok() != kernel.ok()) {
        // Another entry may be found first; then that one is damaged or sound.
        if ((*bundle)->entries().size() == 1) std::abort();
      }
    }
    if ((*bundle)->Verify().ok() != all) std::abort();
  }
}

// Bytes that end in their own hash, as those of a mistaken writer would: a kernel of the architecture that its key
// names, or one line that says why not.
inline void CheckEntry(std::string_view bytes) {
  std::string sealed(bytes);
  const SourceHash hash = HashSource(bytes);
  for (const uint64_t half : {hash.high, hash.low}) {
    for (int i = 0; i < 8; ++i) sealed.push_back(static_cast<char>(half >> (8 * i) & 0xff));
  }
  const DecodedEntry entry = DecodeEntry(sealed);
  if (entry.state == EntryState::kGood) {
    if (entry.key_text.find("\narch ") == std::string::npos || entry.kernel.cubin.empty()) std::abort();
    if (DecodeEntry(EncodeEntry(entry.key_text, entry.kernel)).state != EntryState::kGood) std::abort();
    return;
  }
  CheckMessage(InvalidArgument(entry.problem));
}

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_FUZZ_CHECK_H_
