//===- CHeader.cpp - a program as one C file -------------------------------===//
//
// What differs between programs, put into the frame of CHeaderFrame.cpp.
//
//===----------------------------------------------------------------------===//

#include "tools/raggedc/CHeader.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <vector>

#include "runtime/manifest.h"
#include "runtime/strings.h"
#include "tools/raggedc/CHeaderFrame.h"

namespace raggedc {

namespace {

/// A dimension as mul times one of the sizes that a caller gives, plus add; a number when mul is 0.
struct Linear {
  std::string size;
  int64_t mul = 0, add = 0;
};

std::string replaceAll(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

class HeaderPrinter {
 public:
  HeaderPrinter(std::span<const BundleItem> items, const std::string& producer) : producer(producer) {
    for (const BundleItem& item : items) images.push_back({&item, {}, ""});
  }

  Result<std::string> print() {
    for (Image& image : images) {
      RAGGEDC_ASSIGN_OR_RETURN(image.manifest, ParseManifest(image.item->manifest));
      image.symbol = image.manifest.name + "_" + image.manifest.arch + "_cubin";
    }
    // The first that runs on a device is the best.
    std::sort(images.begin(), images.end(), [](const Image& a, const Image& b) { return rank(a) > rank(b); });
    RAGGEDC_RETURN_IF_ERROR(check());
    RAGGEDC_ASSIGN_OR_RETURN(std::string tables, printImages());
    RAGGEDC_ASSIGN_OR_RETURN(std::string workspace, printWorkspace());
    std::string text = StrCat(printComment(), kCHeaderDeclarations, kCHeaderImplementation);
    text = replaceAll(std::move(text), "@CAPACITY@", std::to_string(SmallestCapacity(first())));
    text = replaceAll(std::move(text), "@ARGUMENTS@", printArguments());
    text = replaceAll(std::move(text), "@CHECKS@", printChecks());
    text = replaceAll(std::move(text), "@SIZES@",
                      sizes.empty() ? "0" : join(sizes, [](const std::string& size) { return "args->" + size; }));
    text = replaceAll(std::move(text), "@SIZE_COUNT@", std::to_string(std::max<size_t>(1, sizes.size())));
    text = replaceAll(std::move(text), "@VALUES@", printValues());
    text = replaceAll(std::move(text), "@VALUE_COUNT@", std::to_string(first().values.size()));
    text = replaceAll(std::move(text), "@KERNEL_COUNT@", std::to_string(largest(&Manifest::kernels)));
    text = replaceAll(std::move(text), "@LAUNCH_COUNT@", std::to_string(largest(&Manifest::launches)));
    text = replaceAll(std::move(text), "@DEPENDENT@", isDependent() ? "1" : "0");
    text = replaceAll(std::move(text), "@STATUS@", statusSymbol.empty() ? "NULL" : "\"" + statusSymbol + "\"");
    text = replaceAll(std::move(text), "@WORKSPACE@", workspace);
    text = replaceAll(std::move(text), "@IMAGES@", tables);
    return renamed(std::move(text));
  }

 private:
  struct Image {
    const BundleItem* item;
    Manifest manifest;
    std::string symbol;
  };

  const Manifest& first() const { return images.front().manifest; }

  /// Whether there is a kernel that can begin while the one in front of it ends.
  bool isDependent() const {
    return std::any_of(images.begin(), images.end(), [](const Image& image) {
      const std::vector<ManifestKernel>& kernels = image.manifest.kernels;
      return std::any_of(kernels.begin(), kernels.end(),
                         [](const ManifestKernel& kernel) { return kernel.programmatic_launch; });
    });
  }

  static std::pair<int64_t, char> rank(const Image& image) {
    std::string_view arch = image.manifest.arch;
    char variant = arch.back() == 'a' ? 2 : arch.back() == 'f' ? 1 : 0;
    return {ParseInt(arch.substr(3, arch.size() - 3 - (variant != 0))).value_or(0), variant};
  }

  template <typename List>
  size_t largest(List Manifest::* list) const {
    size_t count = 1;
    for (const Image& image : images) count = std::max(count, (image.manifest.*list).size());
    return count;
  }

  template <typename List, typename Function>
  static std::string join(const List& list, const Function& print) {
    std::string text;
    for (const auto& item : list) text += StrCat(text.empty() ? "" : ", ", print(item));
    return text;
  }

  std::string renamed(std::string text) const {
    std::string upper = first().name;
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return replaceAll(replaceAll(std::move(text), "$UPPER", upper), "$NAME", first().name);
  }

  Status check() {
    if (!IsIdentifier(first().name))
      return InvalidArgument(StrCat("--emit c-header: expected the function's name to be a C identifier, got '",
                                    Printable(first().name), "'"));
    for (const Image& image : images) {
      for (const ManifestValue& value : image.manifest.values)
        if (!IsIdentifier(value.name))
          return InternalError(StrCat("expected '", Printable(value.name), "' to be an identifier"));
      for (const ManifestKernel& kernel : image.manifest.kernels) {
        if (!IsIdentifier(kernel.symbol))
          return InternalError(StrCat("expected '", Printable(kernel.symbol), "' to be an identifier"));
        if (statusSymbol.empty()) statusSymbol = kernel.status_symbol;
        if (kernel.status_symbol != statusSymbol) return InternalError("expected one status word for all kernels");
      }
      for (const ManifestLaunch& launch : image.manifest.launches)
        if (!launch.tensor_maps.empty()) return InternalError("expected launches without tensor maps in a C header");
      // A program's tensors do not depend on its schedule.
      auto same = [](const ManifestValue& a, const ManifestValue& b) {
        return a.name == b.name && a.role == b.role && a.dtype == b.dtype && a.shape == b.shape;
      };
      if (!std::equal(image.manifest.values.begin(), image.manifest.values.end(), first().values.begin(),
                      first().values.end(), same))
        return InternalError("expected the same tensors for every architecture");
    }
    return OkStatus();
  }

  /// A dimension in terms of what a caller knows; notes that it is needed.
  Linear resolve(const ManifestDim& dim) {
    if (dim.is_constant()) return {"", 0, dim.constant};
    const ManifestDim& source = first().FindValue(dim.value)->shape[static_cast<size_t>(dim.dim)];
    bool isFree = !source.is_constant() && source.value == dim.value && source.dim == dim.dim;
    Linear base;
    if (isFree) {
      base = {StrCat(dim.value, "_dim", dim.dim), 1, 0};
      if (std::find(sizes.begin(), sizes.end(), base.size) == sizes.end()) sizes.push_back(base.size);
    } else {
      base = resolve(source);
    }
    return {base.size, base.mul * dim.mul, (base.add + dim.add) * dim.mul};
  }

  std::string printDim(const ManifestDim& dim) {
    Linear linear = resolve(dim);
    size_t index = linear.mul == 0 ? 0 : size_t(std::find(sizes.begin(), sizes.end(), linear.size) - sizes.begin());
    return StrCat("{", index, ", ", linear.mul, ", ", linear.add, "}");
  }

  /// How a reader sees a dimension.
  std::string describeDim(const ManifestDim& dim) {
    std::vector<std::string> before = sizes;  // a shape that is only talked about needs no argument
    Linear linear = resolve(dim);
    sizes = std::move(before);
    if (linear.mul == 0) return std::to_string(linear.add);
    std::string text = linear.mul == 1 ? linear.size : StrCat(linear.mul, " * ", linear.size);
    return linear.add == 0 ? text : StrCat(text, linear.add < 0 ? " - " : " + ", std::abs(linear.add));
  }

  std::string describe(const ManifestValue& value) {
    std::string text = StrCat(DTypeName(value.dtype), " [");
    for (size_t i = 0; i < value.shape.size(); ++i) text += (i ? ", " : "") + describeDim(value.shape[i]);
    text += "]";
    if (!isDense(value)) text += ", strides " + FormatShape(value.strides) + " elements";
    return text;
  }

  /// Whether all dimensions but the first are numbers and rows lie back to back.
  static bool isDense(const ManifestValue& value) {
    int64_t stride = 1;
    for (size_t i = value.shape.size(); i-- > 0;) {
      if (!value.strides.empty() && value.strides[i] != stride) return false;
      if (i > 0 && !value.shape[i].is_constant()) return false;
      stride *= i > 0 ? value.shape[i].constant : 1;
    }
    return true;
  }

  std::string printArguments() {
    std::string text;
    for (ValueRole role : {ValueRole::kInput, ValueRole::kOutput})
      for (const ManifestValue& value : first().values)
        if (value.role == role)
          text += StrCat("  CUdeviceptr ", value.name, "; /* ",
                         role == ValueRole::kInput ? "in: " : "out: ", describe(value), " */\n");
    for (const std::string& size : sizes) {
      size_t split = size.rfind("_dim");
      std::string meaning =
          StrCat("dimension ", size.substr(split + 4), " of ", size.substr(0, split),
                 size == "offsets_dim0" ? ": the number of sequences and 1, whatever their lengths are" : "");
      text += StrCat("  int64_t ", size, "; /* ", meaning, " */\n");
    }
    return text;
  }

  /// Kernels move 16 bytes at a time.
  std::string printChecks() const {
    std::string text;
    for (const std::string& size : sizes)
      text += StrCat("  if (args->", size, " < 0 || args->", size, " > INT32_MAX) return CUDA_ERROR_INVALID_VALUE;\n");
    for (const ManifestValue& value : first().values)
      if (value.role != ValueRole::kTemporary && IsFloat(value.dtype))
        text += StrCat("  if (args->", value.name, " % 16 != 0) return CUDA_ERROR_INVALID_VALUE;\n");
    return text;
  }

  /// The addresses of all values, in the manifest's order.
  std::string printValues() const {
    size_t temporary = 0;
    return join(first().values, [&](const ManifestValue& value) {
      return value.role == ValueRole::kTemporary ? StrCat("args->workspace + at[", temporary++, "]")
                                                 : "args->" + value.name;
    });
  }

  /// Statements that set `at[i]` for each temporary, and `bytes`.
  Result<std::string> printWorkspace() {
    std::string text;
    size_t index = 0;
    for (const ManifestValue& value : first().values) {
      if (value.role != ValueRole::kTemporary) continue;
      if (!isDense(value)) return InternalError(StrCat("expected '", value.name, "' to be dense"));
      std::string product = std::to_string(DTypeSize(value.dtype));
      for (const ManifestDim& dim : value.shape) {
        Linear linear = resolve(dim);
        product += linear.mul == 0
                       ? StrCat(" * ", linear.add)
                       : StrCat(" * $NAME_positive(", linear.mul, " * args->", linear.size, " + ", linear.add, ")");
      }
      text += StrCat("  at[", index++, "] = bytes; /* ", value.name, ": ", describe(value), " */\n");
      text += StrCat("  bytes += ((size_t)(", product, ") + 255) / 256 * 256;\n");
    }
    return text;
  }

  Result<std::string> printImages() {
    std::string cubins, table;
    for (const Image& image : images) {
      const std::string& cubin = image.item->cubin;
      cubins += StrCat("$NAME_DATA unsigned char ", image.symbol, "[] = {");
      constexpr char kDigits[] = "0123456789abcdef";
      for (size_t i = 0; i < cubin.size(); ++i) {
        unsigned char byte = static_cast<unsigned char>(cubin[i]);
        cubins += i % 24 == 0 ? "\n  " : "";
        cubins += "0x";
        cubins += kDigits[byte >> 4];
        cubins += kDigits[byte & 15];
        cubins += ',';
      }
      cubins += StrCat("\n};\n$NAME_STATIC_ASSERT(sizeof(", image.symbol, ") == ", cubin.size(),
                       ", \"the cubin is whole\");\n\n");
      RAGGEDC_ASSIGN_OR_RETURN(std::string row, printImage(image));
      table += row;
    }
    return StrCat(cubins,
                  "/* The first that runs on a device is the best. */\nstatic const $NAME_image $NAME_images[] = {\n",
                  table, "};\n");
  }

  Result<std::string> printImage(const Image& image) {
    const Manifest& manifest = image.manifest;
    auto [number, variant] = rank(image);
    std::string kernels = join(manifest.kernels, [](const ManifestKernel& kernel) {
      return StrCat("{\"", kernel.symbol, "\", {", kernel.block[0], ", ", kernel.block[1], ", ", kernel.block[2], "}, ",
                    kernel.shared_bytes, ", ", int(kernel.programmatic_launch), "}");
    });
    auto kernelIndex = [&](const std::string& symbol) {
      return size_t(manifest.FindKernel(symbol) - manifest.kernels.data());
    };
    auto valueIndex = [&](const std::string& name) {
      return size_t(manifest.FindValue(name) - manifest.values.data());
    };
    std::string launches = join(manifest.launches, [&](const ManifestLaunch& launch) {
      return StrCat("{", kernelIndex(launch.kernel), ", ", launch.args.size(), ", {",
                    join(launch.args, [&](const std::string& arg) { return std::to_string(valueIndex(arg)); }), "}, {",
                    join(launch.grid, [&](const ManifestDim& dim) { return printDim(dim); }), "}, ",
                    launch.scalars.size(), ", {", launch.scalars.empty() ? "{0, 0, 0}" : printDim(launch.scalars[0]),
                    "}, ", launch.blocks_per_multiprocessor, "}");
    });
    return StrCat("  {", number, ", ",
                  variant == 2   ? "'a'"
                  : variant == 1 ? "'f'"
                                 : "0",
                  ", ", LargestSharedBytes(manifest), ", ", image.symbol, ", ", manifest.kernels.size(), ", ",
                  manifest.launches.size(), ",\n   {", kernels, "},\n   {", launches, "}},\n");
  }

  std::string printComment() const {
    std::string text = StrCat("/* $NAME, made by ", producer, ". Not to be edited.\n *\n");
    if (images.front().item->spec) text += StrCat(" * ", ToString(*images.front().item->spec), "\n *\n");
    for (const Image& image : images) {
      text += StrCat(" * ", image.manifest.arch, ", ", image.item->cubin.size(), " bytes");
      for (const ManifestKernel& kernel : image.manifest.kernels) {
        text += StrCat("\n *   ", kernel.symbol, ": ", kernel.block[0] * kernel.block[1] * kernel.block[2],
                       " threads and ", kernel.shared_bytes, " bytes of shared memory a block");
        if (const KernelResources* resources = FindResources(image.item->resources, kernel.symbol))
          text += StrCat(", ", resources->registers, " registers a thread");
      }
      text += "\n";
    }
    return text;
  }

  const std::string& producer;
  std::vector<Image> images;
  std::vector<std::string> sizes;  ///< fields of the arguments
  std::string statusSymbol;
};

}  // namespace

Result<std::string> emitCHeader(std::span<const BundleItem> items, const std::string& producer) {
  return HeaderPrinter(items, producer).print();
}

}  // namespace raggedc
