/* The header is C11 by itself. */
#include "runtime/include/raggedc/compiler.h"

_Static_assert(RAGGEDC_COMPILER_ABI == 1, "the struct below is that of version 1");
_Static_assert(sizeof(raggedc_compiler_options) == 152, "a struct that grows keeps its fields where they were");
_Static_assert(offsetof(raggedc_compiler_options, arch) == 16, "fields stay where they are");
_Static_assert(offsetof(raggedc_compiler_options, rows_per_block) == 104, "fields stay where they are");
_Static_assert(offsetof(raggedc_compiler_options, mma) == 128, "fields stay where they are");

size_t options_size_in_c(void);
size_t options_size_in_c(void) {
  raggedc_compiler_options options = {0};
  options.struct_size = sizeof options;
  return options.struct_size;
}
