/* A user of the header of a program of several kernels, pruned_block. */
#include "block.h"

#include <stdio.h>

int main(void) {
  pruned_block_module module;
  static pruned_block_args args;
  CUresult result = pruned_block_load(&module);
  args.x = 0x10000;
  args.keep = 0x20001;
  args.out = 0x30000;
  args.x_dim0 = args.keep_dim0 = 5;
  printf("loaded: %d\n", (int)result);
  printf("workspace %zu\n", pruned_block_workspace_bytes(&args));
  printf("without workspace: %d\n", (int)pruned_block_launch(&module, &args, NULL));
  args.workspace = 0x100080;
  printf("misaligned workspace: %d\n", (int)pruned_block_launch(&module, &args, NULL));
  args.workspace = 0x100000;
  printf("launched: %d\n", (int)pruned_block_launch(&module, &args, NULL));
  return (int)pruned_block_unload(&module);
}
