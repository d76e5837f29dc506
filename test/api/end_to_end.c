/* end_to_end DRIVER: compiles kernels through the C API, quick ones first and at once, finds them on disk in another
 * context that may not compile, and launches them on a driver that only keeps account. Exit code 77 without NVRTC. */
#include <raggedc/raggedc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char* mkdtemp(char* pattern); /* of POSIX, which C11 does not declare */

static const char* const specs[] = {
    "bf16,heads=12,dim=64,max_seqlen=197",
    "f16,heads=8,kv_heads=2,dim=128,max_seqlen=64,causal",
    "f32,heads=4,dim=32,max_seqlen=50,packed,exact",
    "bf16,heads=6,dim=64,max_seqlen=577,batch=1",
};
static const int32_t capacities[] = {208, 64, 50, 592};
enum { SPECS = sizeof(specs) / sizeof(specs[0]) };

static void require(int ok, const char* what) {
  if (ok) return;
  fprintf(stderr, "end_to_end: %s: %s\n", what, raggedc_last_error());
  exit(strstr(raggedc_last_error(), "libnvrtc") != NULL ? 77 : 1);
}

static void launch_all(const char* driver, const char* cache, uint32_t policy, uint64_t compiled, uint64_t loaded) {
  raggedc_context_options options = RAGGEDC_CONTEXT_OPTIONS_INIT;
  options.driver_library = driver;
  options.cache_directory = cache;
  options.policy = policy;
  raggedc_context* context = NULL;
  require(raggedc_context_create(&options, &context) == RAGGEDC_OK, "a context");
  for (int i = 0; i < SPECS; ++i) {
    raggedc_spec spec = RAGGEDC_SPEC_INIT;
    require(raggedc_spec_parse(specs[i], &spec) == RAGGEDC_OK, specs[i]);
    raggedc_launch_args args = RAGGEDC_LAUNCH_ARGS_INIT;
    args.sequences = 3;
    args.q = args.k = args.v = args.out = (void*)0x1000;
    args.offsets = (const int32_t*)0x1000;
    require(raggedc_launch(context, &spec, &args, NULL) == RAGGEDC_OK, specs[i]);
    raggedc_kernel* kernel = NULL;
    require(raggedc_kernel_get(context, &spec, 0, &kernel) == RAGGEDC_OK, specs[i]);
    raggedc_kernel_info info = RAGGEDC_KERNEL_INFO_INIT;
    require(raggedc_kernel_info_get(kernel, &info) == RAGGEDC_OK, specs[i]);
    printf("%s: %s, capacity %d, %d blocks of %d threads for a sequence\n", info.spec, info.family, info.capacity,
           info.blocks, info.threads);
    require(info.capacity == capacities[i], "the capacity");
    require(strcmp(info.arch, "sm_90a") == 0 && info.family[0] != '\0', "architecture and family");
    require(info.blocks > 0 && info.blocks % spec.heads == 0, "blocks for each head");
    uint64_t bytes = 1;
    require(raggedc_kernel_workspace(kernel, 3, 100, &bytes) == RAGGEDC_OK && bytes == 0, "no workspace");
    raggedc_kernel_release(kernel);
  }
  raggedc_context_stats stats = RAGGEDC_CONTEXT_STATS_INIT;
  require(raggedc_context_stats_get(context, &stats) == RAGGEDC_OK, "statistics");
  require(stats.compiled == compiled && stats.loaded == loaded, "the number of compilations");
  raggedc_context_destroy(context);
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  char cache[] = "/tmp/raggedc_end_to_end_XXXXXX";
  require(mkdtemp(cache) != NULL, "a folder");
  launch_all(argv[1], cache, RAGGEDC_COMPILE_NOW, SPECS, SPECS);
  launch_all(argv[1], cache, RAGGEDC_COMPILE_NEVER, 0, SPECS);
  char quick[64], command[64];
  snprintf(quick, sizeof(quick), "%s/quick", cache);
  launch_all(argv[1], quick, RAGGEDC_COMPILE_QUICK_FIRST, 2 * SPECS, 2 * SPECS);
  launch_all(argv[1], quick, RAGGEDC_COMPILE_NEVER, 0, SPECS);
  snprintf(command, sizeof(command), "rm -rf %s", cache);
  return system(command) == 0 ? 0 : 1;
}
