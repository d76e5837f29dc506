#include "runtime/manifest.h"

#include <algorithm>
#include <limits>
#include <set>

#include "runtime/json.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

constexpr int64_t kMaximumNumber = int64_t{1} << 40;  // keeps every product of a few numbers within int64_t
constexpr size_t kMaximumRank = 8;
constexpr size_t kMaximumParams = 16;
constexpr int64_t kMaximumThreads = 1024;
constexpr int64_t kMaximumShared = 1 << 20;
constexpr size_t kMaximumMapRank = 5;
constexpr int64_t kMaximumBox = 256;

// Reads the fields of one JSON object; the first failure names the object and the field.
class Reader {
 public:
  Reader(const Json& json, std::string context) : json_(json), context_(std::move(context)) {}

  Status RequireObject() const {
    return json_.is_object() ? OkStatus() : Error(StrCat("expected an object, got ", json_.type_name()));
  }

  bool Has(const char* key) const { return json_.contains(key); }

  Result<std::string> Text(const char* key) const {
    const auto field = json_.find(key);
    if (field == json_.end()) return Missing(key, "a string");
    if (!field->is_string()) return Wrong(key, "a string", *field);
    return field->get<std::string>();
  }

  Result<std::string> NonEmptyText(const char* key) const {
    RAGGEDC_ASSIGN_OR_RETURN(std::string text, Text(key));
    if (text.empty()) return Error(StrCat("expected '", key, "' to have text, got ''"));
    return text;
  }

  Result<int64_t> Integer(const char* key, int64_t minimum, int64_t maximum) const {
    const auto field = json_.find(key);
    if (field == json_.end()) return Missing(key, "an integer");
    return ToInteger(key, *field, minimum, maximum);
  }

  Result<bool> Boolean(const char* key) const {
    const auto field = json_.find(key);
    if (field == json_.end()) return Missing(key, "true or false");
    if (!field->is_boolean()) return Wrong(key, "true or false", *field);
    return field->get<bool>();
  }

  // The array under `key`; the pointer is valid as long as the document.
  Result<const Json*> Array(const char* key, size_t minimum, size_t maximum) const {
    const auto field = json_.find(key);
    if (field == json_.end()) return Missing(key, "an array");
    if (!field->is_array()) return Wrong(key, "an array", *field);
    if (field->size() < minimum || field->size() > maximum) {
      return Error(StrCat("expected '", key, "' to have ", minimum, " to ", maximum, " entries, got ", field->size()));
    }
    return &*field;
  }

  Result<std::vector<std::string>> Texts(const char* key, size_t minimum, size_t maximum) const {
    RAGGEDC_ASSIGN_OR_RETURN(const Json* array, Array(key, minimum, maximum));
    std::vector<std::string> texts;
    for (const Json& item : *array) {
      if (!item.is_string()) return Wrong(key, "an array of strings", item);
      texts.push_back(item.get<std::string>());
    }
    return texts;
  }

  Result<std::vector<int64_t>> Integers(const char* key, size_t minimum, size_t maximum, int64_t least,
                                        int64_t most) const {
    RAGGEDC_ASSIGN_OR_RETURN(const Json* array, Array(key, minimum, maximum));
    std::vector<int64_t> numbers;
    for (const Json& item : *array) {
      RAGGEDC_ASSIGN_OR_RETURN(const int64_t number, ToInteger(key, item, least, most));
      numbers.push_back(number);
    }
    return numbers;
  }

  Result<int64_t> ToInteger(const char* key, const Json& value, int64_t minimum, int64_t maximum) const {
    if (!value.is_number_integer()) return Wrong(key, "an integer", value);
    const bool fits = !value.is_number_unsigned() ||
                      value.get<uint64_t>() <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    const int64_t number = fits ? value.get<int64_t>() : std::numeric_limits<int64_t>::max();
    if (!fits || number < minimum || number > maximum) {
      return Error(StrCat("expected '", key, "' to be in ", minimum, "..", maximum, ", got ", value.dump()));
    }
    return number;
  }

  Status Error(const std::string& message) const {
    return InvalidArgument(context_.empty() ? message : StrCat(context_, ": ", message));
  }
  Status Missing(const char* key, const char* kind) const {
    return Error(StrCat("expected a field '", key, "' with ", kind, ", got none"));
  }
  Status Wrong(const char* key, const char* kind, const Json& value) const {
    return Error(StrCat("expected '", key, "' to be ", kind, ", got ", value.type_name()));
  }

 private:
  const Json& json_;
  std::string context_;
};

Result<ManifestDim> ParseDim(const Reader& owner, const char* key, const Json& json) {
  ManifestDim dim;
  if (!json.is_object()) {
    RAGGEDC_ASSIGN_OR_RETURN(dim.constant, owner.ToInteger(key, json, 0, kMaximumNumber));
    return dim;
  }
  const Reader reader(json, StrCat("'", key, "'"));
  const auto parse = [&]() -> Status {
    RAGGEDC_ASSIGN_OR_RETURN(dim.value, reader.NonEmptyText("value"));
    RAGGEDC_ASSIGN_OR_RETURN(dim.dim, reader.Integer("dim", 0, kMaximumRank - 1));
    if (reader.Has("add")) {
      RAGGEDC_ASSIGN_OR_RETURN(dim.add, reader.Integer("add", -kMaximumNumber, kMaximumNumber));
    }
    if (reader.Has("mul")) {
      RAGGEDC_ASSIGN_OR_RETURN(dim.mul, reader.Integer("mul", 1, 1 << 20));
    }
    return OkStatus();
  };
  if (const Status status = parse(); !status.ok()) return owner.Error(status.message());
  return dim;
}

Result<ManifestValue> ParseValue(const Json& json, size_t index) {
  const Reader reader(json, StrCat("values[", index, "]"));
  RAGGEDC_RETURN_IF_ERROR(reader.RequireObject());
  ManifestValue value;
  RAGGEDC_ASSIGN_OR_RETURN(value.name, reader.NonEmptyText("name"));
  RAGGEDC_ASSIGN_OR_RETURN(const std::string role, reader.Text("role"));
  if (role == "input") {
    value.role = ValueRole::kInput;
  } else if (role == "output") {
    value.role = ValueRole::kOutput;
  } else if (role == "temporary") {
    value.role = ValueRole::kTemporary;
  } else {
    return reader.Error(StrCat("expected 'role' to be input, output or temporary, got '", Printable(role), "'"));
  }
  RAGGEDC_ASSIGN_OR_RETURN(const std::string dtype, reader.Text("dtype"));
  const std::optional<DType> known = ParseDType(dtype);
  if (!known) {
    return reader.Error(StrCat("expected 'dtype' to be bf16, f16, f32, i32 or i1, got '", Printable(dtype), "'"));
  }
  value.dtype = *known;
  RAGGEDC_ASSIGN_OR_RETURN(const Json* shape, reader.Array("shape", 0, kMaximumRank));
  for (const Json& item : *shape) {
    RAGGEDC_ASSIGN_OR_RETURN(ManifestDim dim, ParseDim(reader, "shape", item));
    value.shape.push_back(std::move(dim));
  }
  if (!reader.Has("strides")) return value;
  RAGGEDC_ASSIGN_OR_RETURN(const Json* strides, reader.Array("strides", 0, kMaximumRank));
  if (strides->size() != value.shape.size()) {
    return reader.Error(StrCat("expected ", value.shape.size(), " strides, got ", strides->size()));
  }
  for (const Json& item : *strides) {
    RAGGEDC_ASSIGN_OR_RETURN(const int64_t stride, reader.ToInteger("strides", item, 1, kMaximumNumber));
    value.strides.push_back(stride);
  }
  return value;
}

Result<ManifestKernel> ParseKernel(const Json& json, size_t index) {
  const Reader reader(json, StrCat("kernels[", index, "]"));
  RAGGEDC_RETURN_IF_ERROR(reader.RequireObject());
  ManifestKernel kernel;
  RAGGEDC_ASSIGN_OR_RETURN(kernel.symbol, reader.NonEmptyText("symbol"));
  RAGGEDC_ASSIGN_OR_RETURN(kernel.op, reader.NonEmptyText("op"));
  RAGGEDC_ASSIGN_OR_RETURN(kernel.params, reader.Texts("params", 1, kMaximumParams));
  RAGGEDC_ASSIGN_OR_RETURN(const Json* block, reader.Array("block", 3, 3));
  int64_t threads = 1;
  for (size_t i = 0; i < 3; ++i) {
    RAGGEDC_ASSIGN_OR_RETURN(kernel.block[i], reader.ToInteger("block", (*block)[i], 1, kMaximumThreads));
    threads *= kernel.block[i];
  }
  if (threads > kMaximumThreads) {
    return reader.Error(StrCat("expected a block of at most ", kMaximumThreads, " threads, got ", threads));
  }
  RAGGEDC_ASSIGN_OR_RETURN(kernel.shared_bytes, reader.Integer("shared_bytes", 0, kMaximumShared));
  if (reader.Has("min_blocks_per_sm")) {
    RAGGEDC_ASSIGN_OR_RETURN(kernel.min_blocks_per_sm, reader.Integer("min_blocks_per_sm", 1, 64));
  }
  if (reader.Has("status_symbol")) {
    RAGGEDC_ASSIGN_OR_RETURN(kernel.status_symbol, reader.Text("status_symbol"));
  }
  if (reader.Has("allow_spills")) {
    RAGGEDC_ASSIGN_OR_RETURN(kernel.allow_spills, reader.Boolean("allow_spills"));
  }
  if (reader.Has("programmatic_launch")) {
    RAGGEDC_ASSIGN_OR_RETURN(kernel.programmatic_launch, reader.Boolean("programmatic_launch"));
  }
  if (reader.Has("spec")) {
    const Reader spec(json["spec"], StrCat("kernels[", index, "].spec"));
    RAGGEDC_RETURN_IF_ERROR(spec.RequireObject());
    kernel.spec_json = json["spec"].dump();
    if (spec.Has("max_seqlen")) {
      RAGGEDC_ASSIGN_OR_RETURN(kernel.capacity, spec.Integer("max_seqlen", 1, kMaximumNumber));
    }
  }
  if (reader.Has("schedule")) {
    const Reader schedule(json["schedule"], StrCat("kernels[", index, "].schedule"));
    RAGGEDC_RETURN_IF_ERROR(schedule.RequireObject());
    kernel.schedule_json = json["schedule"].dump();
    if (schedule.Has("family")) {
      RAGGEDC_ASSIGN_OR_RETURN(kernel.family, schedule.Text("family"));
    }
    if (schedule.Has("reason")) {
      RAGGEDC_ASSIGN_OR_RETURN(kernel.reason, schedule.Text("reason"));
    }
  }
  return kernel;
}

Result<ManifestTensorMap> ParseTensorMap(const Json& json, const std::string& context) {
  const Reader reader(json, context);
  RAGGEDC_RETURN_IF_ERROR(reader.RequireObject());
  ManifestTensorMap map;
  RAGGEDC_ASSIGN_OR_RETURN(map.value, reader.NonEmptyText("value"));
  RAGGEDC_ASSIGN_OR_RETURN(map.sizes, reader.Integers("sizes", 1, kMaximumMapRank, 1, int64_t{1} << 32));
  const size_t rank = map.sizes.size();
  RAGGEDC_ASSIGN_OR_RETURN(map.strides, reader.Integers("strides", rank - 1, rank - 1, 16, kMaximumNumber - 1));
  for (const int64_t stride : map.strides) {
    if (stride % 16 != 0) return reader.Error(StrCat("expected 'strides' in multiples of 16 bytes, got ", stride));
  }
  RAGGEDC_ASSIGN_OR_RETURN(map.box, reader.Integers("box", rank, rank, 1, kMaximumBox));
  RAGGEDC_ASSIGN_OR_RETURN(map.swizzle, reader.Integer("swizzle", 0, 128));
  if (map.swizzle != 0 && map.swizzle != 32 && map.swizzle != 64 && map.swizzle != 128) {
    return reader.Error(StrCat("expected 'swizzle' to be 0, 32, 64 or 128, got ", map.swizzle));
  }
  return map;
}

Result<ManifestLaunch> ParseLaunch(const Json& json, size_t index) {
  const Reader reader(json, StrCat("launches[", index, "]"));
  RAGGEDC_RETURN_IF_ERROR(reader.RequireObject());
  ManifestLaunch launch;
  RAGGEDC_ASSIGN_OR_RETURN(launch.kernel, reader.NonEmptyText("kernel"));
  RAGGEDC_ASSIGN_OR_RETURN(launch.args, reader.Texts("args", 1, kMaximumParams));
  RAGGEDC_ASSIGN_OR_RETURN(const Json* grid, reader.Array("grid", 3, 3));
  for (size_t i = 0; i < 3; ++i) {
    RAGGEDC_ASSIGN_OR_RETURN(launch.grid[i], ParseDim(reader, "grid", (*grid)[i]));
  }
  if (reader.Has("scalars")) {
    RAGGEDC_ASSIGN_OR_RETURN(const Json* scalars, reader.Array("scalars", 0, kMaximumParams));
    for (const Json& item : *scalars) {
      RAGGEDC_ASSIGN_OR_RETURN(ManifestDim scalar, ParseDim(reader, "scalars", item));
      launch.scalars.push_back(std::move(scalar));
    }
  }
  if (reader.Has("blocks_per_multiprocessor")) {
    RAGGEDC_ASSIGN_OR_RETURN(launch.blocks_per_multiprocessor, reader.Integer("blocks_per_multiprocessor", 0, 64));
  }
  if (reader.Has("tensor_maps")) {
    RAGGEDC_ASSIGN_OR_RETURN(const Json* maps, reader.Array("tensor_maps", 0, kMaximumTensorMaps));
    for (const Json& item : *maps) {
      RAGGEDC_ASSIGN_OR_RETURN(ManifestTensorMap map, ParseTensorMap(item, StrCat("launches[", index, "].tensor_maps[",
                                                                                  launch.tensor_maps.size(), "]")));
      launch.tensor_maps.push_back(std::move(map));
    }
  }
  return launch;
}

// Every name refers to something, names are distinct, dimensions exist and come from inputs or from earlier values.
Status CheckReferences(const Manifest& manifest) {
  std::set<std::string_view> names;
  std::map<std::string_view, size_t> ranks;  // of the values a dimension may refer to
  for (const ManifestValue& value : manifest.values) {
    if (!names.insert(value.name).second) {
      return InvalidArgument(StrCat("expected distinct value names, got '", Printable(value.name), "' twice"));
    }
    if (value.role == ValueRole::kInput) ranks[value.name] = value.shape.size();
  }
  const auto check = [&](const ManifestDim& dim, std::string_view where) {
    if (dim.is_constant()) return OkStatus();
    const auto rank = ranks.find(dim.value);
    if (rank == ranks.end()) {
      return InvalidArgument(StrCat(where, ": expected a dimension of an input or of an earlier value, got one of '",
                                    Printable(dim.value), "'"));
    }
    if (static_cast<size_t>(dim.dim) < rank->second) return OkStatus();
    return InvalidArgument(StrCat(where, ": expected a dimension below ", rank->second, " of '", Printable(dim.value),
                                  "', got ", dim.dim));
  };
  for (const ManifestValue& value : manifest.values) {
    for (const ManifestDim& dim : value.shape) RAGGEDC_RETURN_IF_ERROR(check(dim, Printable(value.name)));
    ranks[value.name] = value.shape.size();
  }
  std::set<std::string_view> symbols;
  for (const ManifestKernel& kernel : manifest.kernels) {
    if (!symbols.insert(kernel.symbol).second) {
      return InvalidArgument(StrCat("expected distinct kernel symbols, got '", Printable(kernel.symbol), "' twice"));
    }
  }
  for (const ManifestLaunch& launch : manifest.launches) {
    const ManifestKernel* kernel = manifest.FindKernel(launch.kernel);
    if (kernel == nullptr) {
      return InvalidArgument(
          StrCat("launches: expected a kernel of the manifest, got '", Printable(launch.kernel), "'"));
    }
    const size_t given = launch.args.size() + launch.scalars.size() + launch.tensor_maps.size();
    if (kernel->params.size() != given) {
      return InvalidArgument(StrCat("launches: expected ", kernel->params.size(), " args, scalars and tensor maps for ",
                                    kernel->symbol, ", got ", given));
    }
    for (const std::string& arg : launch.args) {
      if (names.contains(arg)) continue;
      return InvalidArgument(StrCat("launches: expected a value of the manifest, got '", Printable(arg), "'"));
    }
    for (const ManifestDim& dim : launch.grid) RAGGEDC_RETURN_IF_ERROR(check(dim, "launches"));
    for (const ManifestDim& dim : launch.scalars) RAGGEDC_RETURN_IF_ERROR(check(dim, "launches"));
    for (const ManifestTensorMap& map : launch.tensor_maps) {
      if (std::find(launch.args.begin(), launch.args.end(), map.value) == launch.args.end()) {
        return InvalidArgument(
            StrCat("launches: expected a tensor map of one of the args, got one of '", Printable(map.value), "'"));
      }
      const DType dtype = manifest.FindValue(map.value)->dtype;
      if (dtype != DType::kBf16 && dtype != DType::kF16 && dtype != DType::kF32) {
        return InvalidArgument(
            StrCat("launches: expected a tensor map of bf16, f16 or f32, got one of ", DTypeName(dtype)));
      }
      if (map.box[0] * DTypeSize(dtype) % 16 != 0 ||
          (map.swizzle != 0 && map.box[0] * DTypeSize(dtype) > map.swizzle)) {
        return InvalidArgument(StrCat("launches: expected a box of multiples of 16 bytes that fit the swizzle, got ",
                                      map.box[0] * DTypeSize(dtype)));
      }
    }
  }
  return OkStatus();
}

// Dimensions within this range keep every EvaluateDim within int64_t.
Status CheckRange(std::string_view name, std::span<const int64_t> shape) {
  for (const int64_t dim : shape) {
    if (dim >= 0 && dim <= kMaximumNumber) continue;
    return InvalidArgument(
        StrCat("expected dimensions of '", Printable(name), "' in 0..", kMaximumNumber, ", got ", FormatShape(shape)));
  }
  return OkStatus();
}

Result<Manifest> Parse(std::string_view text) {
  RAGGEDC_ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  const Reader reader(json, "");
  RAGGEDC_RETURN_IF_ERROR(reader.RequireObject());
  RAGGEDC_RETURN_IF_ERROR(reader.Integer("raggedc_manifest", 1, 1).status());
  Manifest manifest;
  RAGGEDC_ASSIGN_OR_RETURN(manifest.name, reader.NonEmptyText("name"));
  RAGGEDC_ASSIGN_OR_RETURN(manifest.arch, reader.NonEmptyText("arch"));
  constexpr size_t kMaximumEntries = 4096;
  RAGGEDC_ASSIGN_OR_RETURN(const Json* values, reader.Array("values", 0, kMaximumEntries));
  for (const Json& item : *values) {
    RAGGEDC_ASSIGN_OR_RETURN(ManifestValue value, ParseValue(item, manifest.values.size()));
    manifest.values.push_back(std::move(value));
  }
  RAGGEDC_ASSIGN_OR_RETURN(const Json* kernels, reader.Array("kernels", 0, kMaximumEntries));
  for (const Json& item : *kernels) {
    RAGGEDC_ASSIGN_OR_RETURN(ManifestKernel kernel, ParseKernel(item, manifest.kernels.size()));
    manifest.kernels.push_back(std::move(kernel));
  }
  RAGGEDC_ASSIGN_OR_RETURN(const Json* launches, reader.Array("launches", 0, kMaximumEntries));
  for (const Json& item : *launches) {
    RAGGEDC_ASSIGN_OR_RETURN(ManifestLaunch launch, ParseLaunch(item, manifest.launches.size()));
    manifest.launches.push_back(std::move(launch));
  }
  RAGGEDC_RETURN_IF_ERROR(CheckReferences(manifest));
  return manifest;
}

}  // namespace

const ManifestValue* Manifest::FindValue(std::string_view value_name) const {
  const auto found =
      std::find_if(values.begin(), values.end(), [&](const auto& value) { return value.name == value_name; });
  return found == values.end() ? nullptr : &*found;
}

const ManifestKernel* Manifest::FindKernel(std::string_view symbol) const {
  const auto found =
      std::find_if(kernels.begin(), kernels.end(), [&](const auto& kernel) { return kernel.symbol == symbol; });
  return found == kernels.end() ? nullptr : &*found;
}

Result<Manifest> ParseManifest(std::string_view text) {
  Result<Manifest> manifest = Parse(text);
  if (!manifest.ok()) return manifest.status().WithContext("manifest");
  return manifest;
}

int64_t EvaluateDim(const ManifestDim& dim, const ShapeMap& shapes) {
  if (dim.is_constant()) return dim.constant;
  return (shapes.find(dim.value)->second[static_cast<size_t>(dim.dim)] + dim.add) * dim.mul;
}

Result<ShapeMap> EvaluateShapes(const Manifest& manifest, const ShapeMap& input_shapes) {
  ShapeMap shapes;
  for (const ManifestValue& value : manifest.values) {
    if (value.role != ValueRole::kInput) continue;
    const auto given = input_shapes.find(value.name);
    if (given == input_shapes.end()) {
      return InvalidArgument(StrCat("expected an input '", Printable(value.name), "', got none"));
    }
    if (given->second.size() != value.shape.size()) {
      return InvalidArgument(StrCat("expected '", Printable(value.name), "' to have ", value.shape.size(),
                                    " dimensions, got ", FormatShape(given->second)));
    }
    RAGGEDC_RETURN_IF_ERROR(CheckRange(value.name, given->second));
    shapes[value.name] = given->second;
  }
  for (const ManifestValue& value : manifest.values) {
    std::vector<int64_t> shape;
    for (const ManifestDim& dim : value.shape) shape.push_back(EvaluateDim(dim, shapes));
    if (value.role == ValueRole::kInput && shapes[value.name] != shape) {
      return InvalidArgument(StrCat("expected '", Printable(value.name), "' to be ", FormatShape(shape), ", got ",
                                    FormatShape(shapes[value.name])));
    }
    if (const Result<int64_t> count = CheckedNumElements(shape); !count.ok()) {
      return count.status().WithContext(StrCat("'", Printable(value.name), "'"));
    }
    RAGGEDC_RETURN_IF_ERROR(CheckRange(value.name, shape));
    shapes[value.name] = std::move(shape);
  }
  return shapes;
}

}  // namespace raggedc
