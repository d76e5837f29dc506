#include "runtime/api/default_source.h"

#include "runtime/api/compiler_library.h"

namespace raggedc {
namespace {

class CompilingSource : public KernelSource {
 public:
  Result<Value> Find(const KernelRequest&) override { return Value(); }

  Result<Value> Compile(const KernelRequest& request) override {
    RAGGEDC_ASSIGN_OR_RETURN(const CompilerLibrary* compiler, CompilerLibrary::Load());
    return CompileKernel(*compiler, request);
  }
};

}  // namespace

ApiStatus MakeDefaultSource(const std::function<void(const std::string&)>&, std::unique_ptr<KernelSource>* source) {
  *source = std::make_unique<CompilingSource>();
  return {};
}

}  // namespace raggedc
