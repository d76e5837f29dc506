/* Masked ragged attention on NVIDIA GPUs: kernels compiled for one shape, launched with pointers.
 *
 * Plain C11, also valid C++. No CUDA header is needed: a stream is the driver's CUstream (or the CUDA runtime's
 * cudaStream_t, which is the same) as a void*, a device is its ordinal, memory is a pointer on the device.
 *
 * Every function that can fail returns a raggedc_status, RAGGEDC_OK (0) or a code, and leaves a text for
 * raggedc_last_error(). Structures begin with `struct_size`, which the RAGGEDC_..._INIT macros set: a program keeps
 * working with a newer library. A field that is not mentioned may be 0.
 *
 * Thread-safety, where nothing else is said: a function may be called from any thread at any time, with the same
 * context or kernel too; what a pointer refers to must not change during the call, and is not kept after it.
 *
 * Memory: all device memory is the caller's. Kernels read q, k, v and offsets, and write every row of out that belongs
 * to a sequence and nothing else. They finish in the order of the stream, so memory must live until the stream has got
 * there, as with any launch.
 *
 * Fork: what this header makes is not usable in a child made by fork() after a context was made. There, every function
 * that needs the GPU returns RAGGEDC_ERROR_FORKED at once, and releasing does nothing. A child that calls exec() or was
 * forked before is as any other process.
 */
#ifndef RAGGEDC_RAGGEDC_H_
#define RAGGEDC_RAGGEDC_H_

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define RAGGEDC_API
#else
#define RAGGEDC_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define RAGGEDC_VERSION_MAJOR 0
#define RAGGEDC_VERSION_MINOR 1
#define RAGGEDC_VERSION_PATCH 0

/* The version of the loaded library, major * 10000 + minor * 100 + patch. */
RAGGEDC_API uint32_t raggedc_version(void);

/* ---- errors ---------------------------------------------------------------------------------------------------- */

typedef enum raggedc_status {
  RAGGEDC_OK = 0,
  RAGGEDC_ERROR_INVALID_ARGUMENT = 1, /* the caller's mistake: a null pointer, a spec that is none, ... */
  RAGGEDC_ERROR_UNAVAILABLE = 2,      /* the machine lacks something: driver, GPU, compiler, NVRTC */
  RAGGEDC_ERROR_NO_KERNEL = 3,        /* the policy forbids to compile what is in no cache or bundle */
  RAGGEDC_ERROR_OUT_OF_MEMORY = 4,    /* of the host or of the device; smaller work may succeed */
  RAGGEDC_ERROR_DEVICE_LOST = 5,      /* the device's context cannot be used any more; other devices can */
  RAGGEDC_ERROR_DATA = 6,             /* raggedc_..._check: kernels found something wrong with the data */
  RAGGEDC_ERROR_FORKED = 7,           /* this process was forked after raggedc had opened the driver */
  RAGGEDC_ERROR_INTERNAL = 8          /* a mistake of raggedc, or an error of the driver that has no code here */
} raggedc_status;

/* "ok", "invalid argument", ...; never null. */
RAGGEDC_API const char* raggedc_status_text(raggedc_status status);

/* What was expected and what was found, one line, of the last function of this thread that failed; "" before the
 * first. Valid until the next function of this thread fails. */
RAGGEDC_API const char* raggedc_last_error(void);

/* ---- what is computed -------------------------------------------------------------------------------------------- */

typedef enum raggedc_dtype { RAGGEDC_BF16 = 0, RAGGEDC_F16 = 1, RAGGEDC_F32 = 2 } raggedc_dtype;

enum {
  RAGGEDC_CAUSAL = 1, /* row i sees rows j <= i only */
  RAGGEDC_PACKED = 2, /* q, k and v are one operand (rows, 3, heads, dim), passed as `q` */
  RAGGEDC_EXACT = 4   /* compile for max_seqlen and batch as they are, see raggedc_capacity() and raggedc_batch() */
};

/* One attention. Strides count elements and are multiples of 8; where both (or all three) are 0 the operand is dense.
 * RAGGEDC_EXACT apart, two of these are the same kernel when they ask for the same computation. */
typedef struct raggedc_spec {
  uint32_t struct_size;
  uint32_t dtype;       /* raggedc_dtype */
  uint32_t flags;       /* RAGGEDC_CAUSAL, ... */
  int32_t heads;        /* query heads, 1..65535 */
  int32_t kv_heads;     /* divides heads; 0: heads */
  int32_t dim;          /* head dimension of q and k, a multiple of 8 in 16..256 */
  int32_t dim_v;        /* head dimension of v and out; 0: dim */
  int32_t max_seqlen;   /* no sequence is longer, 1..65536 */
  float scale;          /* factor of the scores, above 0; 0: 1/sqrt(dim) */
  int32_t block_m;      /* rows of q in a block, a multiple of 16 in 16..256; 0: chosen */
  int32_t block_n;      /* rows of k and v in a step; 0: chosen */
  int32_t batch;        /* sequences a launch is expected to have; any number can be launched. 0: many. Rounded by
                         * raggedc_batch() */
  int64_t q_strides[2]; /* row, head */
  int64_t k_strides[2];
  int64_t v_strides[2];
  int64_t qkv_strides[3]; /* row, operand, head; with RAGGEDC_PACKED */
  int64_t out_strides[2];
} raggedc_spec;

#define RAGGEDC_SPEC_INIT \
  {sizeof(raggedc_spec), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {0, 0}, {0, 0}, {0, 0}, {0, 0, 0}, {0, 0}}

/* Reads the one-line form, `bf16,heads=12,dim=64,max_seqlen=197,causal`, as `raggedc compile --spec` takes it, with
 * `exact` and batch=N as well; a name= is accepted and not used. `spec->struct_size` must be set. Errors:
 * INVALID_ARGUMENT, with the key and what was expected. Needs no GPU. */
RAGGEDC_API raggedc_status raggedc_spec_parse(const char* text, raggedc_spec* spec);

/* Checks `spec` and writes its canonical one-line form, which raggedc_spec_parse reads back, into `text` of `size`
 * bytes, the final 0 included. `needed`, unless null, gets the bytes it takes; with text null and size 0 nothing is
 * written. Errors: INVALID_ARGUMENT, for a text that is too small too. Needs no GPU. */
RAGGEDC_API raggedc_status raggedc_spec_print(const raggedc_spec* spec, char* text, size_t size, size_t* needed);

/* The capacity that kernels are compiled for when sequences have up to `max_seqlen` rows: the first that is not smaller
 * of 32 48 64 96 128 160 208 256 320 416 512 592 640 768 1024, 1536 2048, 3072 4096, ... 49152 65536. 0 when max_seqlen
 * is not in 1..65536. */
RAGGEDC_API int32_t raggedc_capacity(int32_t max_seqlen);

/* The number of sequences that kernels are chosen for when a launch is expected to have `batch`: the first that is not
 * smaller of 1 2 3 4 5 6 8 10 12 16 20 24 32 40 48 64 80 96 128 160 192 256 320 384 512 640 768 1024, and 1024 for
 * more. 0 for 0 (many) and for negative numbers. */
RAGGEDC_API int32_t raggedc_batch(int32_t batch);

/* ---- contexts ---------------------------------------------------------------------------------------------------- */

/* Kernels, caches and settings of a process; one is enough. */
typedef struct raggedc_context raggedc_context;

/* What to do for a spec whose kernel is neither in memory, nor in a bundle, nor on disk. */
typedef enum raggedc_policy {
  RAGGEDC_COMPILE_NOW = 0, /* the caller waits, a third of a second or so */
  /* A thread of the context compiles it; until then raggedc_launch uses the generic kernel of that attention, the one
   * for the next capacity of 1024, 8192 and 65536, which is compiled at once where it is missing too. */
  RAGGEDC_COMPILE_IN_BACKGROUND = 1,
  RAGGEDC_COMPILE_NEVER = 2, /* RAGGEDC_ERROR_NO_KERNEL, with what is missing */
  /* The caller of raggedc_launch waits, half as long, for a kernel of the same attention whose schedule is compiled
   * sooner and runs slower; a thread of the context compiles the right one, which the launches after it use. */
  RAGGEDC_COMPILE_QUICK_FIRST = 3
} raggedc_policy;

/* Called with one line, without a final newline, for what is worth knowing and no error: a cache that cannot be used, a
 * background compilation that failed. From any thread, possibly several at a time; must not call raggedc. */
typedef void (*raggedc_warning_callback)(void* user, const char* text);

enum {
  /* Kernels begin when everything in front of them in the stream has ended, as if nothing overlapped: without
   * programmatic dependent launch, see raggedc_launch. */
  RAGGEDC_PLAIN_LAUNCHES = 1
};

typedef struct raggedc_context_options {
  uint32_t struct_size;
  uint32_t policy;             /* raggedc_policy */
  uint32_t max_kernels;        /* kernels kept loaded for raggedc_launch; 0: 256. See raggedc_launch. */
  uint32_t compile_threads;    /* for compilations in the background, at most 64; 0: 1 */
  const char* driver_library;  /* the file to open as CUDA driver; null: libcuda.so.1 */
  const char* cache_directory; /* of kernels on disk; null: RAGGEDC_CACHE_DIR or the user's cache; "": none */
  const char* const* bundles;  /* files that `raggedc compile --emit bundle` wrote, asked in this order */
  uint32_t bundle_count;
  uint32_t flags;                   /* RAGGEDC_PLAIN_LAUNCHES */
  raggedc_warning_callback warning; /* null: a line on standard error */
  void* warning_user;               /* passed on to `warning` */
} raggedc_context_options;

#define RAGGEDC_CONTEXT_OPTIONS_INIT {sizeof(raggedc_context_options), 0, 0, 0, NULL, NULL, NULL, 0, 0, NULL, NULL}

/* Opens the driver and the bundles and looks at the devices; makes no CUDA context. `options` may be null. The caller
 * owns `*context`. The cache on disk is opened when a kernel is in no bundle, the compiler and NVRTC when
 * it is not there either, or their versions are not known yet (docs/caches.md).
 * Errors: INVALID_ARGUMENT, for a bundle that cannot be read or is damaged too; UNAVAILABLE when there is no driver, a
 * driver before CUDA 12.0, or no GPU; FORKED. */
RAGGEDC_API raggedc_status raggedc_context_create(const raggedc_context_options* options, raggedc_context** context);

/* Waits for compilations that run in the background and until kernels are kept on disk, drops compilations that have
 * not begun, and unloads every kernel that no raggedc_kernel or raggedc_prepared holds. No other thread may be using
 * the context; graphs that captured a raggedc_launch must not be launched after it. Null is allowed. */
RAGGEDC_API void raggedc_context_destroy(raggedc_context* context);

/* Waits until nothing is being compiled in the background any more, and what was is kept on disk. */
RAGGEDC_API raggedc_status raggedc_context_wait(raggedc_context* context);

typedef struct raggedc_context_stats {
  uint32_t struct_size;
  uint32_t kernels;  /* found by raggedc_launch without compiling or loading */
  uint64_t loaded;   /* modules loaded since the context was made */
  uint64_t unloaded; /* modules unloaded */
  uint64_t evicted;  /* kernels put out by max_kernels */
  uint64_t compiled; /* kernels compiled, in the background or not */
} raggedc_context_stats;

#define RAGGEDC_CONTEXT_STATS_INIT {sizeof(raggedc_context_stats), 0, 0, 0, 0, 0}

/* Fills `stats`, whose struct_size must be set. */
RAGGEDC_API raggedc_status raggedc_context_stats_get(raggedc_context* context, raggedc_context_stats* stats);

/* ---- launches ---------------------------------------------------------------------------------------------------- */

/* Device addresses of one call. Tensors begin at a multiple of 16 bytes, offsets at one of 4. */
typedef struct raggedc_launch_args {
  uint32_t struct_size;
  uint32_t sequences;     /* 0 launches nothing */
  const void* q;          /* (rows, heads, dim); with RAGGEDC_PACKED (rows, 3, heads, dim), and k and v null */
  const void* k;          /* (rows, kv_heads, dim) */
  const void* v;          /* (rows, kv_heads, dim_v) */
  const int32_t* offsets; /* sequences + 1 numbers: sequence i is rows offsets[i] to offsets[i + 1] - 1 */
  void* out;              /* (rows, heads, dim_v) */
  void* workspace;        /* raggedc_kernel_workspace() bytes, at a multiple of 256; null where that is 0 */
  uint64_t workspace_bytes;
  uint64_t rows; /* of q, k, v and out; only read where there is a workspace */
} raggedc_launch_args;

#define RAGGEDC_LAUNCH_ARGS_INIT {sizeof(raggedc_launch_args), 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0}

/* Finds or makes the kernel for `spec` and the device of `stream`, and enqueues it. Null is the default stream of the
 * current CUDA context; any other stream brings its own. Lengths are not looked at: a sequence that is longer than the
 * capacity is cut to it, see raggedc_context_check.
 *
 * Once the kernel is loaded, a call allocates nothing, takes no lock and never waits, and is safe while the stream is
 * being captured; before, it may compile and load, which is safe under capture too but takes its time.
 *
 * Of more than max_kernels kernels the ones not launched lately are unloaded; a kernel that a graph may have captured
 * stays, out of the count, until the context is destroyed.
 *
 * On compute capability 9.0 and newer, with a driver for CUDA 12.3 or newer, kernels are launched with programmatic
 * stream serialization: blocks may begin while the kernel in front of them in the stream still runs, and wait for its
 * end before they touch device memory. What is in front and behind need not know: other kernels, copies and events see
 * the order of the stream as ever. A kernel of the caller that is itself launched with that attribute must execute
 * griddepcontrol.wait (cudaGridDependencySynchronize) in every block before it ends, and before it reads `out` or
 * writes q, k, v, offsets or out: behind this kernel it may begin early too. RAGGEDC_PLAIN_LAUNCHES is for those that
 * do not. A graph that captured launches in a row has programmatic edges between them.
 *
 * Errors: INVALID_ARGUMENT (a null or misaligned pointer, too many sequences, a wrong spec or struct_size), NO_KERNEL,
 * UNAVAILABLE, OUT_OF_MEMORY, DEVICE_LOST, FORKED, INTERNAL. Nothing was enqueued then, and the context can be used
 * as before. */
RAGGEDC_API raggedc_status raggedc_launch(raggedc_context* context, const raggedc_spec* spec,
                                          const raggedc_launch_args* args, void* stream);

/* Waits for `stream`, then reads and clears what the kernels of this context have reported on its device since the last
 * time: DATA when there is anything, as text and in `bits` (unless null), else OK. `stream` must not be being captured:
 * INVALID_ARGUMENT. What launches on other streams report at that moment may be
 * lost. */
RAGGEDC_API raggedc_status raggedc_context_check(raggedc_context* context, void* stream, uint32_t* bits);

enum {
  RAGGEDC_DATA_CLAMPED = 1,         /* a sequence was longer than the capacity; its rows beyond were not written */
  RAGGEDC_DATA_OFFSETS_DECREASE = 2 /* offsets decrease; that sequence was left out */
};

/* ---- kernels by handle ------------------------------------------------------------------------------------------- */

/* A loaded kernel. Counted: it lives as long as anyone holds it, its context's end included. */
typedef struct raggedc_kernel raggedc_kernel;

/* Finds or makes the kernel for `spec` on `device` (-1: the device of the current CUDA context), never one that stands
 * in for it, and loads it there, so that the first launch does not have to. With RAGGEDC_COMPILE_IN_BACKGROUND and
 * RAGGEDC_COMPILE_QUICK_FIRST it compiles in the calling thread. The caller owns `*kernel`. Errors as raggedc_launch.
 */
RAGGEDC_API raggedc_status raggedc_kernel_get(raggedc_context* context, const raggedc_spec* spec, int device,
                                              raggedc_kernel** kernel);

/* Gives a kernel back; null is allowed. No thread may be launching through this handle, and graphs that captured a
 * launch through it must not be launched after it. */
RAGGEDC_API void raggedc_kernel_release(raggedc_kernel* kernel);

typedef struct raggedc_kernel_info {
  uint32_t struct_size;
  int32_t capacity;     /* longest sequence */
  int32_t threads;      /* of a block */
  int32_t blocks;       /* for each sequence */
  int64_t shared_bytes; /* dynamic shared memory of a block */
  const char* arch;     /* "sm_90a"; these texts live as long as the kernel */
  const char* family;   /* of its schedule, "single" */
  const char* spec;     /* one-line form */
} raggedc_kernel_info;

#define RAGGEDC_KERNEL_INFO_INIT {sizeof(raggedc_kernel_info), 0, 0, 0, 0, NULL, NULL, NULL}

RAGGEDC_API raggedc_status raggedc_kernel_info_get(const raggedc_kernel* kernel, raggedc_kernel_info* info);

/* The bytes of workspace that a launch with up to so many sequences and rows needs. */
RAGGEDC_API raggedc_status raggedc_kernel_workspace(const raggedc_kernel* kernel, uint32_t sequences, uint64_t rows,
                                                    uint64_t* bytes);

/* Enqueues the kernel. As raggedc_launch without the search: no allocation, no lock, safe under capture. The stream
 * must be of a device of the architecture the kernel was made for; else the driver's error. */
RAGGEDC_API raggedc_status raggedc_kernel_launch(const raggedc_kernel* kernel, const raggedc_launch_args* args,
                                                 void* stream);

/* As raggedc_context_check, for one kernel. */
RAGGEDC_API raggedc_status raggedc_kernel_check(raggedc_kernel* kernel, void* stream, uint32_t* bits);

/* ---- prepared launches ------------------------------------------------------------------------------------------- */

/* A launch with its argument block filled in, to be repeated. Holds its kernel. One thread at a time. */
typedef struct raggedc_prepared raggedc_prepared;

/* Checks `args` and copies them. The caller owns `*prepared`. Errors: INVALID_ARGUMENT, OUT_OF_MEMORY, FORKED. */
RAGGEDC_API raggedc_status raggedc_prepared_create(raggedc_kernel* kernel, const raggedc_launch_args* args,
                                                   raggedc_prepared** prepared);

/* Null is allowed. A graph launch may still be under way on the device. */
RAGGEDC_API void raggedc_prepared_destroy(raggedc_prepared* prepared);

/* Replaces the arguments, number of sequences included. What was wrong is left as it was. Errors: INVALID_ARGUMENT. */
RAGGEDC_API raggedc_status raggedc_prepared_set(raggedc_prepared* prepared, const raggedc_launch_args* args);

/* Enqueues as raggedc_kernel_launch would with the same arguments. */
RAGGEDC_API raggedc_status raggedc_prepared_launch(raggedc_prepared* prepared, void* stream);

/* The same as a CUDA graph of its own: made by the first call, launched again as it is while nothing changes, updated
 * in place after raggedc_prepared_set and made anew for a stream of another context. Into a stream that is being
 * captured the kernel itself is captured. Kernels with a workspace are launched without a graph. */
RAGGEDC_API raggedc_status raggedc_prepared_launch_graph(raggedc_prepared* prepared, void* stream);

#ifdef __cplusplus
}
#endif

#endif /* RAGGEDC_RAGGEDC_H_ */
