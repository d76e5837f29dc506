/* A user of the header of an attention called deit. */
#include "deit.h"

#include <stdio.h>

int main(void) {
  deit_module module;
  deit_args args = {0x10000, 0x20000, 0x30000, 0x40004, 0x50000, 9, 0};
  uint32_t bits = 77;
  CUresult result = deit_load(&module);
  printf("loaded: %d, capacity %d\n", (int)result, DEIT_CAPACITY);
  if (result != CUDA_SUCCESS) {
    const unsigned char* bytes = (const unsigned char*)&module;
    size_t i;
    for (i = 0; i < sizeof module; ++i)
      if (bytes[i] != 0) printf("left something behind\n");
    printf("launched without: %d\n", (int)deit_launch(&module, &args, NULL));
    return 0;
  }
  printf("workspace %zu\n", deit_workspace_bytes(&args));
  printf("launched: %d\n", (int)deit_launch(&module, &args, (CUstream)(size_t)5));
  args.offsets_dim0 = 1; /* no sequence */
  printf("nothing: %d\n", (int)deit_launch(&module, &args, NULL));
  args.offsets_dim0 = 0; /* not even the 0 that offsets begin with */
  printf("none: %d\n", (int)deit_launch(&module, &args, NULL));
  args.offsets_dim0 = -1;
  printf("negative: %d\n", (int)deit_launch(&module, &args, NULL));
  args.offsets_dim0 = (int64_t)1 << 31;
  printf("huge: %d\n", (int)deit_launch(&module, &args, NULL));
  args.offsets_dim0 = INT32_MAX / 2;
  printf("too many blocks: %d\n", (int)deit_launch(&module, &args, NULL));
  args.offsets_dim0 = 9;
  args.k += 8;
  printf("misaligned: %d\n", (int)deit_launch(&module, &args, NULL));
  printf("null: %d %d %d %d %d\n", (int)deit_load(NULL), (int)deit_unload(NULL), (int)deit_launch(NULL, &args, NULL),
         (int)deit_launch(&module, NULL, NULL), (int)deit_status(&module, NULL));
  result = deit_status(&module, &bits);
  printf("status: %d %u\n", (int)result, (unsigned)bits);
  result = deit_status(&module, &bits);
  printf("status: %d %u\n", (int)result, (unsigned)bits);
  printf("unloaded: %d", (int)deit_unload(&module));
  printf(" %d\n", (int)deit_unload(&module));
  return 0;
}
