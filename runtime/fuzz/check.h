// What must hold for any input of the parsers that read what strangers wrote. A violation ends the process.
#ifndef RAGGEDC_RUNTIME_FUZZ_CHECK_H_
#define RAGGEDC_RUNTIME_FUZZ_CHECK_H_

#include <cstdlib>
#include <string_view>

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
