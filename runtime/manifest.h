// What the code generator says about the kernels of one module: values, kernels and launches (JSON, version 1).
//
//   {"raggedc_manifest": 1, "name": "deit_base_224", "arch": "sm_90a",
//    "values": [{"name": "q", "role": "input", "dtype": "bf16", "shape": [{"value": "q", "dim": 0}, 12, 64],
//                "strides": [768, 64, 1]}, ...],
//    "kernels": [{"symbol": "deit_base_224_attention", "op": "attention", "params": ["q", "k", "v", "offsets", "out"],
//                 "block": [128, 1, 1], "shared_bytes": 61440, "min_blocks_per_sm": 3,
//                 "status_symbol": "ragged_status", "allow_spills": false, "programmatic_launch": true,
//                 "spec": {...}, "schedule": {...}}],
//    "launches": [{"kernel": "deit_base_224_attention", "args": ["q", "k", "v", "offsets", "out"],
//                  "grid": [{"value": "offsets", "dim": 0, "add": -1, "mul": 12}, 1, 1]}]}
//
// A kernel whose blocks stay, and take one piece of work after the other, has numbers behind its pointers, and a launch
// of it says how many blocks a multiprocessor holds:
//
//   "params": [..., "out", "batch"]
//   "args": [..., "out"], "scalars": [{"value": "offsets", "dim": 0, "add": -1}], "blocks_per_multiprocessor": 1
//
// A kernel whose copies go by tensor maps has these behind its numbers, 128 bytes each that the driver makes of the
// address that is launched with:
//
//   "params": [..., "batch", "qkv_map"]
//   "tensor_maps": [{"value": "qkv", "sizes": [2304, 2147483647], "strides": [4608], "box": [64, 16], "swizzle": 128}]
#ifndef RAGGEDC_RUNTIME_MANIFEST_H_
#define RAGGEDC_RUNTIME_MANIFEST_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/dtype.h"
#include "runtime/status.h"
#include "runtime/tensor.h"

namespace raggedc {

// A dimension: a number, or (dimension `dim` of `value` + add) * mul.
struct ManifestDim {
  std::string value;  // "" for a number
  int64_t dim = 0;
  int64_t add = 0;
  int64_t mul = 1;
  int64_t constant = 0;

  bool is_constant() const { return value.empty(); }
  bool operator==(const ManifestDim&) const = default;
};

enum class ValueRole { kInput, kOutput, kTemporary };

struct ManifestValue {
  std::string name;
  ValueRole role = ValueRole::kInput;
  DType dtype = DType::kF32;
  std::vector<ManifestDim> shape;  // an input's dimension that names the input itself is free
  std::vector<int64_t> strides;    // in elements, one for each dimension, the last 1; empty means dense
};

struct ManifestKernel {
  std::string symbol;
  std::string op;                   // "attention", "pack_indices", "pack_rows", "unpack"
  std::vector<std::string> params;  // what each parameter is, in order: pointers, then numbers, then tensor maps
  std::array<int64_t, 3> block = {1, 1, 1};
  int64_t shared_bytes = 0;  // dynamic shared memory
  int64_t min_blocks_per_sm = 1;
  std::string status_symbol;  // the sticky status word, "" for none
  bool allow_spills = false;
  bool programmatic_launch = false;  // threads execute griddepcontrol.wait before they touch global memory or end
  // Free-form objects, as JSON text, and what the runtime and its callers need of them.
  std::string spec_json = "{}";
  std::string schedule_json = "{}";
  int64_t capacity = 0;  // spec.max_seqlen, 0 when there is none
  std::string family;    // schedule.family and schedule.reason, "" when there are none
  std::string reason;
};

// What a tensor map says of the memory behind an argument; the innermost dimension comes first.
struct ManifestTensorMap {
  std::string value;           // one of the launch's args
  std::vector<int64_t> sizes;  // in elements, one for each of 1 to 5 dimensions; those that a launch knows no bound of
                               // are as large as can be
  std::vector<int64_t> strides;  // in bytes, of all dimensions but the innermost, which is dense
  std::vector<int64_t> box;      // elements that one copy moves along each dimension
  int64_t swizzle = 0;           // bytes; 0 for none, else 32, 64 or 128

  bool operator==(const ManifestTensorMap&) const = default;
};

struct ManifestLaunch {
  std::string kernel;             // symbol
  std::vector<std::string> args;  // value names, one for each pointer
  std::array<ManifestDim, 3> grid;
  std::vector<ManifestDim> scalars = {};            // one for each number, of 32 bits
  int64_t blocks_per_multiprocessor = 0;            // if not 0, the grid has at most so many along x
  std::vector<ManifestTensorMap> tensor_maps = {};  // one for each parameter behind the numbers
};

inline constexpr size_t kMaximumTensorMaps = 3;  // of a launch

struct Manifest {
  std::string name;
  std::string arch;
  std::vector<ManifestValue> values;
  std::vector<ManifestKernel> kernels;
  std::vector<ManifestLaunch> launches;  // in the order of execution

  const ManifestValue* FindValue(std::string_view name) const;
  const ManifestKernel* FindKernel(std::string_view symbol) const;
};

// Parses and checks: version, field types, names that refer to nothing, dimensions that refer to each other in a
// circle, block and parameter counts. A manifest is raggedc's own text, so an error means a damaged file or a mismatch
// of versions: an invalid argument that names the field.
Result<Manifest> ParseManifest(std::string_view text);

// Shapes by value name.
using ShapeMap = std::map<std::string, std::vector<int64_t>, std::less<>>;

// The shapes of all values for these input shapes. Checks every input's rank and fixed dimensions; errors are invalid
// arguments that name the value: `expected 'k' to be [352, 12, 64], got [351, 12, 64]`.
Result<ShapeMap> EvaluateShapes(const Manifest& manifest, const ShapeMap& input_shapes);

// One dimension, given the shapes of all values.
int64_t EvaluateDim(const ManifestDim& dim, const ShapeMap& shapes);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_MANIFEST_H_
