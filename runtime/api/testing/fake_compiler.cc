// A libraggedc that compiles every spec to the same empty kernel, for tests of what lies around the compiler. The name
// of an environment variable of the test, RAGGEDC_FAKE_COMPILER, says what it does wrong.
#include <cstdlib>
#include <cstring>
#include <string>

#include "runtime/include/raggedc/compiler.h"

struct raggedc_compiler_result {
  std::string cuda, manifest, diagnostics;
};

namespace {

std::string Fault() {
  const char* fault = std::getenv("RAGGEDC_FAKE_COMPILER");
  return fault == nullptr ? "" : fault;
}

const char* Part(const std::string& text, size_t* size) {
  if (size != nullptr) *size = text.size();
  return text.c_str();
}

// The number after `key` in a spec.
std::string NumberAfter(const std::string& spec, const char* key) {
  const size_t at = spec.find(key);
  if (at == std::string::npos) return "0";
  const size_t begin = at + std::strlen(key);
  return spec.substr(begin, spec.find_first_not_of("0123456789", begin) - begin);
}

}  // namespace

int32_t raggedc_compiler_compile(const char* text, size_t size, const raggedc_compiler_options* options,
                                 raggedc_compiler_result** result) {
  *result = new raggedc_compiler_result;
  const std::string spec(text, size);
  if (Fault() == "refuse") {
    (*result)->diagnostics = "<spec>:1:1: error: expected another spec, got " + spec;
    return RAGGEDC_COMPILER_INVALID_ARGUMENT;
  }
  if (options->tuning_table != nullptr &&
      std::string(options->tuning_table, options->tuning_table_size).find("useless") != std::string::npos) {
    (*result)->diagnostics = "expected a useful table, got another";
  }
  const std::string heads = NumberAfter(spec, "heads=");
  const std::string dim = NumberAfter(spec, "dim=");
  const auto tensor = [&](const char* name, const char* role, const char* rows) {
    return std::string(R"({"name": ")") + name + R"(", "role": ")" + role +
           R"(", "dtype": "bf16", "shape": [{"value": ")" + rows + R"(", "dim": 0}, )" + heads + ", " + dim + "]}, ";
  };
  const std::string params = R"(["q", "k", "v", "offsets", "out"])";
  (*result)->manifest =
      R"({"raggedc_manifest": 1, "name": "ragged", "arch": ")" + std::string(options->arch) + R"(", "values": [)" +
      tensor("q", "input", "q") + tensor("k", "input", "k") + tensor("v", "input", "v") + tensor("out", "output", "q") +
      R"({"name": "offsets", "role": "input", "dtype": "i32", "shape": [{"value": "offsets", "dim": 0}]}],
      "kernels": [{"symbol": "empty", "op": "attention", "params": )" +
      params +
      R"(, "block": [32, 1, 1], "shared_bytes": 0, "min_blocks_per_sm": 1, "status_symbol": "", "allow_spills": false,
        "programmatic_launch": true, "spec": {"max_seqlen": )" +
      NumberAfter(spec, "max_seqlen=") + R"(}, "schedule": {}}],
      "launches": [{"kernel": "empty", "args": )" +
      params + R"(, "grid": [{"value": "offsets", "dim": 0, "add": -1, "mul": )" + heads + "}, 1, 1]}]}";
  (*result)->cuda = Fault() == "nonsense" ? "this is no program"
                                          : "extern \"C\" __global__ void __launch_bounds__(32) empty(const void* q, "
                                            "const void* k, const void* v, const int* offsets, void* out) {}\n// " +
                                                spec + "\n";
  return RAGGEDC_COMPILER_OK;
}

const char* raggedc_compiler_result_cuda(const raggedc_compiler_result* result, size_t* size) {
  return Part(result->cuda, size);
}
const char* raggedc_compiler_result_manifest(const raggedc_compiler_result* result, size_t* size) {
  return Part(result->manifest, size);
}
const char* raggedc_compiler_result_diagnostics(const raggedc_compiler_result* result, size_t* size) {
  return Part(result->diagnostics, size);
}
void raggedc_compiler_result_destroy(raggedc_compiler_result* result) {
  delete result;
}
int32_t raggedc_compiler_abi(void) {
  return Fault() == "abi" ? RAGGEDC_COMPILER_ABI + 1 : RAGGEDC_COMPILER_ABI;
}
const char* raggedc_compiler_build_id(void) {
  return "fake";
}
