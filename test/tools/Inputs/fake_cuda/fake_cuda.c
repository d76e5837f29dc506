/* A driver that writes down what it is asked for. FAKE_DEVICE is the device as MAJOR.MINOR.SHARED_BYTES, FAKE_FAIL the
 * name of a function that fails, FAKE_MULTIPROCESSORS how many there are, FAKE_VERSION the CUDA it is for. */
#include "cuda.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned status_word = 3;
static char* names[16];
static int name_count, loaded;

static CUresult begin(const char* name) {
  const char* fail = getenv("FAKE_FAIL");
  return fail && strcmp(fail, name) == 0 ? CUDA_ERROR_OUT_OF_MEMORY : CUDA_SUCCESS;
}

CUresult cuCtxGetDevice(CUdevice* device) {
  *device = 7;
  return begin("cuCtxGetDevice");
}

CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice device) {
  int major = 0, minor = 0, shared = 0;
  if (device != 7 || sscanf(getenv("FAKE_DEVICE"), "%d.%d.%d", &major, &minor, &shared) != 3) abort();
  *value = attribute == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR   ? major
           : attribute == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR ? minor
           : attribute == CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT
               ? atoi(getenv("FAKE_MULTIPROCESSORS") ? getenv("FAKE_MULTIPROCESSORS") : "132")
               : shared;
  return begin("cuDeviceGetAttribute");
}

/* The architecture is in the flags of the ELF header: where, differs with the version of its ABI. */
static int arch_of(const unsigned char* elf) {
  unsigned flags;
  memcpy(&flags, elf + 48, sizeof flags);
  return (int)(elf[8] >= 8 ? flags >> 8 & 255 : flags & 255);
}

CUresult cuModuleLoadData(CUmodule* module, const void* image) {
  const unsigned char* elf = (const unsigned char*)image;
  CUresult result = begin("cuModuleLoadData");
  *module = (CUmodule)(size_t)0xbad; /* as whoever fails may leave it */
  if (result != CUDA_SUCCESS) return result;
  if (memcmp(elf, "\177ELF", 4) != 0 || (size_t)elf % 64 != 0) return CUDA_ERROR_INVALID_IMAGE;
  *module = (CUmodule)(size_t)0x1000;
  printf("load sm_%d\n", arch_of(elf));
  loaded = 1;
  return CUDA_SUCCESS;
}

CUresult cuModuleUnload(CUmodule module) {
  if (module != (CUmodule)(size_t)0x1000 || !loaded) abort();
  loaded = 0;
  printf("unload\n");
  return begin("cuModuleUnload");
}

CUresult cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name) {
  if (module != (CUmodule)(size_t)0x1000) abort();
  *function = (CUfunction)(size_t)(name_count + 1);
  names[name_count++] = strcpy((char*)malloc(strlen(name) + 1), name);
  return begin("cuModuleGetFunction");
}

CUresult cuModuleGetGlobal(CUdeviceptr* address, size_t* bytes, CUmodule module, const char* name) {
  if (module != (CUmodule)(size_t)0x1000 || strcmp(name, "ragged_status") != 0) abort();
  *address = 0x5000;
  *bytes = 4;
  return begin("cuModuleGetGlobal");
}

static const char* name_of(CUfunction function) {
  return names[(size_t)function - 1];
}

CUresult cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute, int value) {
  printf("attribute %s %d = %d\n", name_of(function), (int)attribute, value);
  return begin("cuFuncSetAttribute");
}

static void print_launch(const char* how, CUfunction function, const unsigned* grid, const unsigned* block,
                         unsigned sharedBytes, CUstream stream, void** params) {
  int count = atoi(getenv("FAKE_PARAMS") ? getenv("FAKE_PARAMS") : "0"), i;
  if (!loaded) abort();
  printf("%s %s grid %u %u %u block %u %u %u shared %u stream %zu:", how, name_of(function), grid[0], grid[1], grid[2],
         block[0], block[1], block[2], sharedBytes, (size_t)stream);
  for (i = 0; i < count; ++i) printf(" %llx", *(CUdeviceptr*)params[i]);
  printf("\n");
}

CUresult cuLaunchKernel(CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                        unsigned blockY, unsigned blockZ, unsigned sharedBytes, CUstream stream, void** params,
                        void** extra) {
  unsigned grid[3], block[3];
  grid[0] = gridX, grid[1] = gridY, grid[2] = gridZ, block[0] = blockX, block[1] = blockY, block[2] = blockZ;
  if (extra) abort();
  print_launch("launch", function, grid, block, sharedBytes, stream, params);
  return begin("cuLaunchKernel");
}

CUresult cuLaunchKernelEx(const CUlaunchConfig* config, CUfunction function, void** params, void** extra) {
  if (extra || config->numAttrs != 1 || config->attrs->id != CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION ||
      config->attrs->value.programmaticStreamSerializationAllowed != 1)
    abort();
  print_launch("dependent launch", function, &config->gridDimX, &config->blockDimX, config->sharedMemBytes,
               config->hStream, params);
  return begin("cuLaunchKernelEx");
}

CUresult cuDriverGetVersion(int* version) {
  *version = atoi(getenv("FAKE_VERSION") ? getenv("FAKE_VERSION") : "13000");
  return begin("cuDriverGetVersion");
}

CUresult cuMemcpyDtoH(void* to, CUdeviceptr from, size_t bytes) {
  if (from != 0x5000 || bytes != 4) abort();
  memcpy(to, &status_word, 4);
  return begin("cuMemcpyDtoH");
}

CUresult cuMemsetD8(CUdeviceptr to, unsigned char value, size_t bytes) {
  if (to != 0x5000 || value != 0 || bytes != 4) abort();
  status_word = 0;
  return begin("cuMemsetD8");
}
