#include "runtime/manifest_json.h"

#include "runtime/json.h"

namespace raggedc {
namespace {

Json ToJson(const ManifestDim& dim) {
  if (dim.is_constant()) return dim.constant;
  Json json = {{"value", dim.value}, {"dim", dim.dim}};
  if (dim.add != 0) json["add"] = dim.add;
  if (dim.mul != 1) json["mul"] = dim.mul;
  return json;
}

const char* RoleName(ValueRole role) {
  switch (role) {
    case ValueRole::kInput:
      return "input";
    case ValueRole::kOutput:
      return "output";
    case ValueRole::kTemporary:
      return "temporary";
  }
  return "";
}

Json ToJson(const ManifestValue& value) {
  Json json = {{"name", value.name},
               {"role", RoleName(value.role)},
               {"dtype", std::string(DTypeName(value.dtype))},
               {"shape", Json::array()}};
  for (const ManifestDim& dim : value.shape) json["shape"].push_back(ToJson(dim));
  if (!value.strides.empty()) json["strides"] = value.strides;
  return json;
}

}  // namespace

std::string ToJson(const Manifest& manifest) {
  Json json = {{"raggedc_manifest", 1},   {"name", manifest.name},    {"arch", manifest.arch},
               {"values", Json::array()}, {"kernels", Json::array()}, {"launches", Json::array()}};
  for (const ManifestValue& value : manifest.values) json["values"].push_back(ToJson(value));
  for (const ManifestKernel& kernel : manifest.kernels) {
    const Result<Json> spec = ParseJson(kernel.spec_json);
    const Result<Json> schedule = ParseJson(kernel.schedule_json);
    if (!spec.ok() || !spec->is_object() || !schedule.ok() || !schedule->is_object()) return "";
    json["kernels"].push_back({{"symbol", kernel.symbol},
                               {"op", kernel.op},
                               {"params", kernel.params},
                               {"block", kernel.block},
                               {"shared_bytes", kernel.shared_bytes},
                               {"min_blocks_per_sm", kernel.min_blocks_per_sm},
                               {"status_symbol", kernel.status_symbol},
                               {"allow_spills", kernel.allow_spills},
                               {"programmatic_launch", kernel.programmatic_launch},
                               {"spec", *spec},
                               {"schedule", *schedule}});
  }
  for (const ManifestLaunch& launch : manifest.launches) {
    Json grid = Json::array();
    for (const ManifestDim& dim : launch.grid) grid.push_back(ToJson(dim));
    Json described = {{"kernel", launch.kernel}, {"args", launch.args}, {"grid", std::move(grid)}};
    for (const ManifestDim& scalar : launch.scalars) described["scalars"].push_back(ToJson(scalar));
    if (launch.blocks_per_multiprocessor != 0) {
      described["blocks_per_multiprocessor"] = launch.blocks_per_multiprocessor;
    }
    for (const ManifestTensorMap& map : launch.tensor_maps) {
      described["tensor_maps"].push_back({{"value", map.value},
                                          {"sizes", map.sizes},
                                          {"strides", map.strides},
                                          {"box", map.box},
                                          {"swizzle", map.swizzle}});
    }
    json["launches"].push_back(std::move(described));
  }
  try {
    return json.dump();
  } catch (const Json::exception&) {
    return "";
  }
}

}  // namespace raggedc
