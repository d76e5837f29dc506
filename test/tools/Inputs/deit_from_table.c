/* The header of deit over a table of the driver's functions, as whoever opens libcuda by itself has one. */
#include "fake_cuda/cuda.h"

#include <stdio.h>

static CUresult launch(const CUlaunchConfig* config, CUfunction function, void** params, void** extra) {
  printf("through the table: ");
  return cuLaunchKernelEx(config, function, params, extra);
}

typedef struct Table {
  CUresult (*cuCtxGetDevice)(CUdevice*);
  CUresult (*cuDeviceGetAttribute)(int*, CUdevice_attribute, CUdevice);
  CUresult (*cuModuleLoadData)(CUmodule*, const void*);
  CUresult (*cuModuleUnload)(CUmodule);
  CUresult (*cuModuleGetFunction)(CUfunction*, CUmodule, const char*);
  CUresult (*cuModuleGetGlobal)(CUdeviceptr*, size_t*, CUmodule, const char*);
  CUresult (*cuFuncSetAttribute)(CUfunction, CUfunction_attribute, int);
  CUresult (*cuLaunchKernel)(CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, CUstream,
                             void**, void**);
  CUresult (*cuLaunchKernelEx)(const CUlaunchConfig*, CUfunction, void**, void**);
  CUresult (*cuDriverGetVersion)(int*);
  CUresult (*cuMemcpyDtoH)(void*, CUdeviceptr, size_t);
  CUresult (*cuMemsetD8)(CUdeviceptr, unsigned char, size_t);
} Table;

static const Table table = {cuCtxGetDevice,     cuDeviceGetAttribute, cuModuleLoadData,
                            cuModuleUnload,     cuModuleGetFunction,  cuModuleGetGlobal,
                            cuFuncSetAttribute, cuLaunchKernel,       launch,
                            cuDriverGetVersion, cuMemcpyDtoH,         cuMemsetD8};

#define RAGGEDC_CU(function) table.function
#define DEIT_IMPLEMENTATION
#include "deit.h"
