// The safetensors file format: an 8-byte little-endian header length, a JSON header, the bytes of the tensors.
//
// Element types: BF16, F16, F32, F64, I32, I64, U8 and BOOL. Everything a file claims is checked before it is used:
// header length, JSON syntax and depth, duplicate names, unknown element types, shape overflow, byte ranges that leave
// the file, overlap, leave holes or do not match the shape. Each failure is one invalid-argument line that names the
// file, the tensor, what was expected and what was found.
#ifndef RAGGEDC_RUNTIME_SAFETENSORS_H_
#define RAGGEDC_RUNTIME_SAFETENSORS_H_

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/status.h"
#include "runtime/tensor.h"

namespace raggedc {

struct SafetensorsFile {
  std::vector<Tensor> tensors;  // in the order of their bytes in the file
  std::map<std::string, std::string> metadata;
};

// Parses a whole file held in memory; the tensors own copies of their bytes. `file_name` is used in messages only.
Result<SafetensorsFile> ParseSafetensors(std::string_view bytes, std::string_view file_name);

// Reads `path` ("-" is standard input).
Result<SafetensorsFile> ReadSafetensors(const std::string& path);

// The bytes of a file with these tensors, in this order; data begins at a multiple of 64 bytes. Names must be distinct
// and not "__metadata__".
Result<std::string> SerializeSafetensors(std::span<const Tensor> tensors,
                                         const std::map<std::string, std::string>& metadata = {});

// Writes `path` atomically ("-" is standard output).
Status WriteSafetensors(const std::string& path, std::span<const Tensor> tensors,
                        const std::map<std::string, std::string>& metadata = {});

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_SAFETENSORS_H_
