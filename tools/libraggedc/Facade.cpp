//===- Facade.cpp - the compiler behind a C API ----------------------------===//

#include <cstring>
#include <exception>
#include <new>
#include <optional>

#include "runtime/include/raggedc/compiler.h"
#include "runtime/spec.h"
#include "runtime/strings.h"
#include "tools/raggedc/Compiler.h"
#include "tools/raggedc/CompilerId.h"
#include "tools/raggedc/TextLimits.h"
#include "tools/raggedc/UserTable.h"

using namespace raggedc;

struct raggedc_compiler_result {
  std::string cuda, manifest, name, diagnostics;
  double milliseconds = 0;
};

namespace {

/// The caller's options as this library knows them, or what is wrong with their size.
Result<raggedc_compiler_options> readOptions(const raggedc_compiler_options* given) {
  raggedc_compiler_options options = {};
  if (!given) return options;
  size_t size = given->struct_size;
  if (size < offsetof(raggedc_compiler_options, input) + sizeof(options.input))
    return InvalidArgument(StrCat("options: expected struct_size to be set, got ", size));
  constexpr size_t kLargest = 4096;  ///< no later struct is as large: the field was never set
  if (size > kLargest)
    return InvalidArgument(StrCat("options: expected struct_size to be at most ", kLargest, ", got ", size));
  std::memcpy(&options, given, std::min(size, sizeof options));
  const char* bytes = reinterpret_cast<const char*>(given);
  for (size_t i = sizeof options; i < size; ++i)
    if (bytes[i] != 0)
      return InvalidArgument(StrCat("options: expected a struct of ", sizeof options, " bytes, got ", size,
                                    " with something beyond that this version does not know"));
  return options;
}

/// `warning` is set for a tuning table that is of no use.
Result<CompileOptions> translate(const raggedc_compiler_options& given, std::string& warning) {
  CompileOptions options;
  auto word = [](std::string& target, const char* text) {
    if (text) target = text;
  };
  word(options.arch, given.arch);
  word(options.family, given.family);
  word(options.softmax, given.softmax);
  word(options.mma, given.mma);
  word(options.dependentLaunch, given.dependent_launch);
  struct {
    const char* name;
    int64_t value;
    int64_t& target;
  } numbers[] = {{"batch", given.batch, options.batch},
                 {"max_seqlen", given.max_seqlen, options.maxSeqlen},
                 {"block_m", given.block_m, options.blockM},
                 {"block_n", given.block_n, options.blockN},
                 {"warps", given.warps, options.warps},
                 {"stages", given.stages, options.stages},
                 {"min_blocks", given.min_blocks, options.minBlocks},
                 {"rows_per_block", given.rows_per_block, options.rowsPerBlock}};
  for (auto& number : numbers) {
    if (number.value < 0 || number.value > INT32_MAX)
      return InvalidArgument(
          StrCat("options: expected ", number.name, " to be from 0 to ", INT32_MAX, ", got ", number.value));
    number.target = number.value;
  }
  if (options.dependentLaunch != "auto" && options.dependentLaunch != "off")
    return InvalidArgument(StrCat("options: expected dependent_launch to be auto or off, got '",
                                  Printable(options.dependentLaunch, 64), "'"));
  options.allowSpills = given.allow_spills != 0;
  options.quick = given.quick != 0;
  if (given.tuning_table)
    options.tuning = readUserTable({given.tuning_table, given.tuning_table_size}, options.arch, warning);
  return options;
}

Status compile(llvm::StringRef text, const raggedc_compiler_options* given, raggedc_compiler_result& result) {
  RAGGEDC_ASSIGN_OR_RETURN(raggedc_compiler_options read, readOptions(given));
  RAGGEDC_ASSIGN_OR_RETURN(CompileOptions options, translate(read, result.diagnostics));
  std::string name = read.name ? read.name : read.input == RAGGEDC_COMPILER_MLIR ? "<module>" : "<spec>";
  std::string module;
  if (read.input == RAGGEDC_COMPILER_SPEC) {
    Result<Spec> spec = ParseSpec({text.data(), text.size()});
    if (!spec.ok()) return spec.status().WithContext(Printable(name, 256));
    module = ToMlir(*spec);
  } else if (read.input == RAGGEDC_COMPILER_MLIR) {
    if (text.size() > kLargestText)
      return InvalidArgument(StrCat("expected at most ", kLargestText, " bytes of text, got ", text.size()));
    module = text.str();
  } else {
    return InvalidArgument(StrCat("options: expected input to be 0 or 1, got ", read.input));
  }
  RAGGEDC_ASSIGN_OR_RETURN(CudaModule compiled, compileToCuda(module, name, options));
  result.name = compiled.program.name;
  result.cuda = std::move(compiled.cuda);
  result.manifest = std::move(compiled.manifest);
  result.milliseconds = compiled.mlirMilliseconds;
  return OkStatus();
}

int32_t toCode(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return RAGGEDC_COMPILER_OK;
    case StatusCode::kInvalidArgument:
      return RAGGEDC_COMPILER_INVALID_ARGUMENT;
    case StatusCode::kEnvironment:
      return RAGGEDC_COMPILER_ENVIRONMENT;
    case StatusCode::kInternal:
      break;
  }
  return RAGGEDC_COMPILER_INTERNAL;
}

const char* part(const raggedc_compiler_result* result, std::string raggedc_compiler_result::* member, size_t* size) {
  if (size) *size = result ? (result->*member).size() : 0;
  return result ? (result->*member).c_str() : "";
}

}  // namespace

extern "C" {

int32_t raggedc_compiler_compile(const char* text, size_t size, const raggedc_compiler_options* options,
                                 raggedc_compiler_result** result) {
  if (!result) return RAGGEDC_COMPILER_INVALID_ARGUMENT;
  *result = new (std::nothrow) raggedc_compiler_result;
  if (!*result) return RAGGEDC_COMPILER_ENVIRONMENT;
  try {
    Status status = text ? compile({text, size}, options, **result) : InvalidArgument("expected a text, got none");
    if (!status.ok()) (*result)->diagnostics = status.message();
    return toCode(status.code());
  } catch (const std::bad_alloc&) {
    (*result)->diagnostics.assign("no memory");  // short enough to need none
    return RAGGEDC_COMPILER_ENVIRONMENT;
  } catch (...) {
    (*result)->diagnostics.assign("unforeseen");
    return RAGGEDC_COMPILER_INTERNAL;
  }
}

const char* raggedc_compiler_result_cuda(const raggedc_compiler_result* result, size_t* size) {
  return part(result, &raggedc_compiler_result::cuda, size);
}

const char* raggedc_compiler_result_manifest(const raggedc_compiler_result* result, size_t* size) {
  return part(result, &raggedc_compiler_result::manifest, size);
}

const char* raggedc_compiler_result_name(const raggedc_compiler_result* result, size_t* size) {
  return part(result, &raggedc_compiler_result::name, size);
}

const char* raggedc_compiler_result_diagnostics(const raggedc_compiler_result* result, size_t* size) {
  return part(result, &raggedc_compiler_result::diagnostics, size);
}

double raggedc_compiler_result_milliseconds(const raggedc_compiler_result* result) {
  return result ? result->milliseconds : 0;
}

void raggedc_compiler_result_destroy(raggedc_compiler_result* result) {
  delete result;
}

int32_t raggedc_compiler_abi(void) {
  return RAGGEDC_COMPILER_ABI;
}

const char* raggedc_compiler_version(void) {
  return RAGGEDC_VERSION;
}

const char* raggedc_compiler_build_id(void) {
  static const std::string id = compilerId();
  return id.c_str();
}

}  // extern "C"
