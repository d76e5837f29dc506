#include "runtime/dynamic_library.h"

#include <dlfcn.h>
#include <link.h>

#include "runtime/strings.h"

namespace raggedc {

Result<DynamicLibrary> DynamicLibrary::Open(const std::string& name) {
  DynamicLibrary library;
  library.handle_ = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library.handle_ == nullptr) {
    // The loader's text begins with the name of what it could not load.
    const char* why = ::dlerror();
    return EnvironmentError(StrCat("cannot load ", why != nullptr ? Printable(why, 512) : Printable(name, 512)));
  }
  library.path_ = name;
  link_map* map = nullptr;
  if (::dlinfo(library.handle_, RTLD_DI_LINKMAP, &map) == 0 && map != nullptr && map->l_name[0] != '\0') {
    library.path_ = map->l_name;
  }
  return library;
}

void* DynamicLibrary::Find(const char* symbol) const {
  return ::dlsym(handle_, symbol);
}

Status DynamicLibrary::MissingSymbol(const char* symbol) const {
  return EnvironmentError(StrCat("expected ", path_, " to have the function ", symbol, ", got a library without it"));
}

}  // namespace raggedc
