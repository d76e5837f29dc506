//===- CHeaderFrame.cpp - what all C headers have in common ----------------===//

#include "tools/raggedc/CHeaderFrame.h"

namespace raggedc {

const char kCHeaderDeclarations[] = R"( *
 * Include it where it is used; in one file of the program define $UPPER_IMPLEMENTATION before. C11 or C++11, with the
 * driver's cuda.h. Functions of the driver are called as RAGGEDC_CU(cuLaunchKernel): define that macro before to take
 * them from a table of your own, or link libcuda.
 *
 * Kernels that can are launched with programmatic stream serialization: they begin while the one in front of them in the
 * stream ends, and wait for its end before they touch device memory. Only a kernel of yours that is itself launched so has
 * to wait likewise (griddepcontrol.wait) before it ends, and before it reads what these write or writes what they read.
 * Define $UPPER_PLAIN_LAUNCHES in the file of the implementation to leave it out.
 */
#ifndef $UPPER_H_
#define $UPPER_H_

#include <cuda.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Rows of the longest sequence. Of a longer one the first so many rows are computed, and a bit of the status is set. */
#define $UPPER_CAPACITY @CAPACITY@

/* Bits of the status. */
#define $UPPER_STATUS_CLAMPED 1u          /* a sequence was longer than the capacity */
#define $UPPER_STATUS_OFFSETS_DECREASE 2u /* offsets decrease */

/* The program in one context. */
typedef struct $NAME_module {
  CUmodule module;
  CUfunction functions[@KERNEL_COUNT@];
  CUdeviceptr status; /* 0 when it has none */
  int image;
  int multiprocessors;
  int dependent_launches; /* whether the driver takes them; 0 leaves them out */
} $NAME_module;

/* Device memory, all of it the caller's; tensors of floating-point numbers begin at multiples of 16 bytes. */
typedef struct $NAME_args {
@ARGUMENTS@  CUdeviceptr workspace; /* $NAME_workspace_bytes(args) bytes at a multiple of 256; 0 when that is 0 */
} $NAME_args;

/* Loads the program into the context that is current. CUDA_ERROR_NO_BINARY_FOR_GPU when nothing here runs on its device.
 * After an error *module is all zeros. Takes milliseconds; not while a stream of the context is being captured. */
CUresult $NAME_load($NAME_module *module);

/* Ends what $NAME_load began, in the same context, when no launch is in flight. A module of zeros is allowed. */
CUresult $NAME_unload($NAME_module *module);

/* Bytes of temporaries for these sizes; pointers are not looked at. */
size_t $NAME_workspace_bytes(const $NAME_args *args);

/* Enqueues the program on a stream of the module's context, which must be current. Waits for nothing, allocates nothing,
 * may be captured. `args` may change as soon as it returns. Several threads may launch one module at once; not with one
 * workspace on different streams. CUDA_ERROR_INVALID_VALUE when a size or an alignment is wrong. */
CUresult $NAME_launch(const $NAME_module *module, const $NAME_args *args, CUstream stream);

/* The bits of all launches since the last call, which waits for the device, and clears them. */
CUresult $NAME_status(const $NAME_module *module, uint32_t *bits);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* $UPPER_H_ */
)";

const char kCHeaderImplementation[] = R"(
#if defined($UPPER_IMPLEMENTATION) && !defined($UPPER_IMPLEMENTED_)
#define $UPPER_IMPLEMENTED_

#include <string.h>

#ifndef RAGGEDC_CU
#define RAGGEDC_CU(function) function
#endif

#ifdef __cplusplus
#define $NAME_DATA alignas(64) static const
#define $NAME_STATIC_ASSERT static_assert
#else
#define $NAME_DATA static _Alignas(64) const
#define $NAME_STATIC_ASSERT _Static_assert
#endif

/* Streams that are being captured take them since CUDA 12.3. */
#if @DEPENDENT@ && CUDA_VERSION >= 12030 && !defined($UPPER_PLAIN_LAUNCHES)
#define $UPPER_DEPENDENT_LAUNCHES_ 1
#else
#define $UPPER_DEPENDENT_LAUNCHES_ 0
#endif

$NAME_STATIC_ASSERT(sizeof(CUdeviceptr) == 8, "kernels take addresses of 64 bits");

/* sizes[size] * mul + add */
typedef struct $NAME_dim {
  int size;
  int64_t mul, add;
} $NAME_dim;

typedef struct $NAME_kernel {
  const char *symbol;
  unsigned block[3];
  unsigned shared_bytes;
  int is_dependent; /* waits for the kernel in front of it by itself */
} $NAME_kernel;

typedef struct $NAME_step {
  int kernel;
  int param_count;
  int params[16];
  $NAME_dim grid[3];
  int number_count;    /* of parameters behind those */
  $NAME_dim number[1];
  int resident;        /* blocks of a multiprocessor at most, 0: no such bound */
} $NAME_step;

typedef struct $NAME_image {
  int arch;     /* 90 for sm_90 */
  char variant; /* 'a', 'f' or 0 */
  int shared_bytes;
  const unsigned char *cubin;
  int kernel_count, step_count;
  $NAME_kernel kernels[@KERNEL_COUNT@];
  $NAME_step steps[@LAUNCH_COUNT@];
} $NAME_image;

@IMAGES@
/* sm_80 runs on 8.0, 8.6 and 8.9, sm_90a on 9.0 alone, sm_100f on 10.0 and 10.3; Jetson's chips run their own. */
static int $NAME_runs(const $NAME_image *image, int device) {
  if (image->arch == device) return 1;
  return image->variant != 'a' && image->arch / 10 == device / 10 && image->arch < device && image->arch != 87 &&
         image->arch != 88 && device != 87 && device != 88;
}

static CUresult $NAME_load_image($NAME_module *module, const $NAME_image *image) {
  CUresult result = RAGGEDC_CU(cuModuleLoadData)(&module->module, image->cubin);
  int i;
  if (result != CUDA_SUCCESS) {
    module->module = NULL;
    return result;
  }
  for (i = 0; i < image->kernel_count; ++i) {
    const $NAME_kernel *kernel = &image->kernels[i];
    CUfunction *function = &module->functions[i];
    result = RAGGEDC_CU(cuModuleGetFunction)(function, module->module, kernel->symbol);
    if (result != CUDA_SUCCESS) return result;
    if (kernel->shared_bytes > 48 * 1024) {
      result = RAGGEDC_CU(cuFuncSetAttribute)(*function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                                              (int)kernel->shared_bytes);
      if (result != CUDA_SUCCESS) return result;
    }
    if (kernel->shared_bytes > 0) {
      result = RAGGEDC_CU(cuFuncSetAttribute)(*function, CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT, 100);
      if (result != CUDA_SUCCESS) return result;
    }
  }
  {
    const char *status = @STATUS@;
    size_t bytes = 0;
    if (!status) return CUDA_SUCCESS;
    result = RAGGEDC_CU(cuModuleGetGlobal)(&module->status, &bytes, module->module, status);
    return result != CUDA_SUCCESS ? result : bytes == 4 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_IMAGE;
  }
}

CUresult $NAME_load($NAME_module *module) {
  CUdevice device;
  int major = 0, minor = 0, shared_bytes = 0, multiprocessors = 0, version = 0, i;
  CUresult result;
  if (!module) return CUDA_ERROR_INVALID_VALUE;
  memset(module, 0, sizeof *module);
  result = RAGGEDC_CU(cuCtxGetDevice)(&device);
  if (result != CUDA_SUCCESS) return result;
  result = RAGGEDC_CU(cuDeviceGetAttribute)(&major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device);
  if (result != CUDA_SUCCESS) return result;
  result = RAGGEDC_CU(cuDeviceGetAttribute)(&minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device);
  if (result != CUDA_SUCCESS) return result;
  result = RAGGEDC_CU(cuDeviceGetAttribute)(&shared_bytes, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN,
                                            device);
  if (result != CUDA_SUCCESS) return result;
  result = RAGGEDC_CU(cuDeviceGetAttribute)(&multiprocessors, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, device);
  if (result != CUDA_SUCCESS) return result;
#if $UPPER_DEPENDENT_LAUNCHES_
  result = RAGGEDC_CU(cuDriverGetVersion)(&version);
  if (result != CUDA_SUCCESS) return result;
#endif
  for (i = 0; i < (int)(sizeof $NAME_images / sizeof $NAME_images[0]); ++i) {
    if (!$NAME_runs(&$NAME_images[i], major * 10 + minor) || $NAME_images[i].shared_bytes > shared_bytes) continue;
    module->image = i;
    module->multiprocessors = multiprocessors;
    module->dependent_launches = version >= 12030;
    result = $NAME_load_image(module, &$NAME_images[i]);
    if (result != CUDA_SUCCESS) $NAME_unload(module);
    return result;
  }
  return CUDA_ERROR_NO_BINARY_FOR_GPU;
}

CUresult $NAME_unload($NAME_module *module) {
  CUresult result = CUDA_SUCCESS;
  if (!module) return CUDA_ERROR_INVALID_VALUE;
  if (module->module) result = RAGGEDC_CU(cuModuleUnload)(module->module);
  memset(module, 0, sizeof *module);
  return result;
}

static CUresult $NAME_enqueue(const $NAME_module *module, CUfunction function, const $NAME_kernel *kernel,
                              const int64_t *grid, CUstream stream, void **params) {
#if $UPPER_DEPENDENT_LAUNCHES_
  if (kernel->is_dependent && module->dependent_launches) {
    CUlaunchAttribute attribute;
    CUlaunchConfig config;
    memset(&attribute, 0, sizeof attribute);
    memset(&config, 0, sizeof config);
    attribute.id = CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION;
    attribute.value.programmaticStreamSerializationAllowed = 1;
    config.gridDimX = (unsigned)grid[0];
    config.gridDimY = (unsigned)grid[1];
    config.gridDimZ = (unsigned)grid[2];
    config.blockDimX = kernel->block[0];
    config.blockDimY = kernel->block[1];
    config.blockDimZ = kernel->block[2];
    config.sharedMemBytes = kernel->shared_bytes;
    config.hStream = stream;
    config.attrs = &attribute;
    config.numAttrs = 1;
    return RAGGEDC_CU(cuLaunchKernelEx)(&config, function, params, NULL);
  }
#endif
  (void)module;
  return RAGGEDC_CU(cuLaunchKernel)(function, (unsigned)grid[0], (unsigned)grid[1], (unsigned)grid[2], kernel->block[0],
                                    kernel->block[1], kernel->block[2], kernel->shared_bytes, stream, params, NULL);
}

static int64_t $NAME_positive(int64_t size) { return size > 0 ? size : 0; }

/* Where each temporary begins in the workspace, and how large that is. */
static size_t $NAME_plan(const $NAME_args *args, size_t *at) {
  size_t bytes = 0;
@WORKSPACE@  (void)args;
  (void)at;
  (void)$NAME_positive;
  return bytes;
}

size_t $NAME_workspace_bytes(const $NAME_args *args) {
  size_t at[@VALUE_COUNT@];
  return args ? $NAME_plan(args, at) : 0;
}

CUresult $NAME_launch(const $NAME_module *module, const $NAME_args *args, CUstream stream) {
  size_t at[@VALUE_COUNT@];
  const $NAME_image *image;
  int i, j;
  if (!module || !module->module || !args) return CUDA_ERROR_INVALID_VALUE;
@CHECKS@  if ($NAME_plan(args, at) > 0 && (args->workspace == 0 || args->workspace % 256 != 0))
    return CUDA_ERROR_INVALID_VALUE;
  image = &$NAME_images[module->image];
  {
    const int64_t sizes[@SIZE_COUNT@] = {@SIZES@};
    CUdeviceptr values[@VALUE_COUNT@] = {@VALUES@};
    for (i = 0; i < image->step_count; ++i) {
      const $NAME_step *step = &image->steps[i];
      const $NAME_kernel *kernel = &image->kernels[step->kernel];
      int64_t grid[3];
      int64_t number[1] = {0}; /* of which kernels read the lower 32 bits */
      void *params[17];
      CUresult result;
      for (j = 0; j < 3; ++j) {
        grid[j] = sizes[step->grid[j].size] * step->grid[j].mul + step->grid[j].add;
        if (grid[j] < 0) grid[j] = 0;
        if (grid[j] > (j == 0 ? INT32_MAX : 65535)) return CUDA_ERROR_INVALID_VALUE;
      }
      if (grid[0] == 0 || grid[1] == 0 || grid[2] == 0) continue;
      if (step->resident && grid[0] > (int64_t)step->resident * module->multiprocessors)
        grid[0] = (int64_t)step->resident * module->multiprocessors;
      for (j = 0; j < step->param_count; ++j) params[j] = &values[step->params[j]];
      for (j = 0; j < step->number_count; ++j) {
        number[j] = sizes[step->number[j].size] * step->number[j].mul + step->number[j].add;
        params[step->param_count + j] = &number[j];
      }
      result = $NAME_enqueue(module, module->functions[step->kernel], kernel, grid, stream, params);
      if (result != CUDA_SUCCESS) return result;
    }
  }
  return CUDA_SUCCESS;
}

CUresult $NAME_status(const $NAME_module *module, uint32_t *bits) {
  CUresult result;
  if (!module || !module->module || !bits) return CUDA_ERROR_INVALID_VALUE;
  *bits = 0;
  if (!module->status) return CUDA_SUCCESS;
  result = RAGGEDC_CU(cuMemcpyDtoH)(bits, module->status, sizeof *bits);
  if (result != CUDA_SUCCESS || *bits == 0) return result;
  return RAGGEDC_CU(cuMemsetD8)(module->status, 0, sizeof *bits);
}

#endif /* $UPPER_IMPLEMENTATION */
)";

}  // namespace raggedc
