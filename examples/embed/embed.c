/* Ragged attention in a C program: three sequences of different length, one launch, compared with a plain loop.
 *
 * Memory is the program's own business. Here it comes from the CUDA driver, opened with dlopen so that the program
 * builds and starts where there is none; a program that uses the CUDA runtime has cudaMalloc instead. */
#include <dlfcn.h>
#include <math.h>
#include <raggedc/raggedc.h>
#include <stdio.h>
#include <stdlib.h>

enum { HEADS = 2, DIM = 64, ROW = HEADS * DIM, SEQUENCES = 3, ROWS = 40 + 1 + 23 };
static const int32_t offsets[SEQUENCES + 1] = {0, 40, 41, ROWS};
static float q[ROWS * ROW], k[ROWS * ROW], v[ROWS * ROW], out[ROWS * ROW];

/* The driver's functions that this program needs itself. */
static int (*cuDevicePrimaryCtxRetain)(void** context, int device);
static int (*cuCtxSetCurrent)(void* context);
static int (*cuMemAlloc)(uint64_t* address, size_t bytes);
static int (*cuMemcpyHtoD)(uint64_t target, const void* source, size_t bytes);
static int (*cuMemcpyDtoH)(void* target, uint64_t source, size_t bytes);

static void check_cuda(int result, const char* what) {
  if (result == 0) return;
  fprintf(stderr, "embed: %s failed with %d\n", what, result);
  exit(2);
}

static void check(raggedc_status status) {
  if (status == RAGGEDC_OK) return;
  fprintf(stderr, "embed: %s: %s\n", raggedc_status_text(status), raggedc_last_error());
  exit(status == RAGGEDC_ERROR_UNAVAILABLE ? 2 : 1);
}

static void open_driver(void) {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW);
  if (driver == NULL) {
    fprintf(stderr, "embed: %s\n", dlerror());
    exit(2);
  }
  *(void**)&cuDevicePrimaryCtxRetain = dlsym(driver, "cuDevicePrimaryCtxRetain");
  *(void**)&cuCtxSetCurrent = dlsym(driver, "cuCtxSetCurrent");
  *(void**)&cuMemAlloc = dlsym(driver, "cuMemAlloc_v2");
  *(void**)&cuMemcpyHtoD = dlsym(driver, "cuMemcpyHtoD_v2");
  *(void**)&cuMemcpyDtoH = dlsym(driver, "cuMemcpyDtoH_v2");
}

static void* upload(const void* data, size_t bytes) {
  uint64_t address = 0;
  check_cuda(cuMemAlloc(&address, bytes), "cuMemAlloc");
  check_cuda(cuMemcpyHtoD(address, data, bytes), "cuMemcpyHtoD");
  return (void*)(uintptr_t)address;
}

/* One element of the result, in double precision. */
static double expected(int first, int last, int row, int head, int column) {
  double sum = 0, weighted = 0;
  for (int key = first; key < last; ++key) {
    double score = 0;
    for (int i = 0; i < DIM; ++i) score += (double)q[row * ROW + head * DIM + i] * k[key * ROW + head * DIM + i];
    const double weight = exp(score / sqrt(DIM));
    sum += weight;
    weighted += weight * v[key * ROW + head * DIM + column];
  }
  return weighted / sum;
}

int main(void) {
  for (int i = 0; i < ROWS * ROW; ++i) {
    q[i] = (float)sin(i * 0.37);
    k[i] = (float)cos(i * 0.11);
    v[i] = (float)sin(i * 0.05 + 1);
  }

  raggedc_context* context = NULL;
  check(raggedc_context_create(NULL, &context));
  raggedc_spec spec = RAGGEDC_SPEC_INIT;
  check(raggedc_spec_parse("f32,heads=2,dim=64,max_seqlen=40", &spec));

  open_driver();
  void* device = NULL;
  check_cuda(cuDevicePrimaryCtxRetain(&device, 0), "cuDevicePrimaryCtxRetain");
  check_cuda(cuCtxSetCurrent(device), "cuCtxSetCurrent");

  raggedc_launch_args args = RAGGEDC_LAUNCH_ARGS_INIT;
  args.sequences = SEQUENCES;
  args.q = upload(q, sizeof(q));
  args.k = upload(k, sizeof(k));
  args.v = upload(v, sizeof(v));
  args.offsets = upload(offsets, sizeof(offsets));
  args.out = upload(out, sizeof(out));
  check(raggedc_launch(context, &spec, &args, NULL)); /* compiles the first time */
  check(raggedc_context_check(context, NULL, NULL));  /* waits, and would report a sequence that is too long */
  check_cuda(cuMemcpyDtoH(out, (uint64_t)(uintptr_t)args.out, sizeof(out)), "cuMemcpyDtoH");

  double largest = 0;
  for (int sequence = 0; sequence < SEQUENCES; ++sequence)
    for (int row = offsets[sequence]; row < offsets[sequence + 1]; ++row)
      for (int head = 0; head < HEADS; ++head)
        for (int column = 0; column < DIM; ++column) {
          const double want = expected(offsets[sequence], offsets[sequence + 1], row, head, column);
          largest = fmax(largest, fabs(want - out[row * ROW + head * DIM + column]));
        }
  printf("%d rows in %d sequences, largest difference %.1e\n", ROWS, SEQUENCES, largest);
  raggedc_context_destroy(context);
  return largest < 1e-2 ? 0 : 1; /* f32 is multiplied as tf32 */
}
