/* The compiler as a library: libraggedc.so. A spec or an MLIR module goes in, CUDA C++ and a manifest come out.
 *
 * The library needs libc, libm and libdl only and exports nothing but the functions below, so that it can be opened
 * with dlopen in a process that holds another LLVM. It neither needs a GPU nor calls NVRTC: its output is text.
 *
 * Strings are UTF-8 and end with a zero byte; sizes, where there are any, do not count it. Every function may be called
 * from any thread at any time; one result may be read by several threads, and is destroyed once. Nothing is printed,
 * nothing is read from the environment, and no file is opened. Running out of memory inside LLVM ends the process.
 */
#ifndef RAGGEDC_COMPILER_H_
#define RAGGEDC_COMPILER_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a program that opens the library compares with raggedc_compiler_abi() first. */
#define RAGGEDC_COMPILER_ABI 1

#if defined(__GNUC__)
#define RAGGEDC_COMPILER_EXPORT __attribute__((visibility("default")))
#else
#define RAGGEDC_COMPILER_EXPORT
#endif

/* What raggedc_compiler_compile returns. */
enum {
  RAGGEDC_COMPILER_OK = 0,
  RAGGEDC_COMPILER_INVALID_ARGUMENT = 1, /* the text or an option is wrong; the diagnostics say what and where */
  RAGGEDC_COMPILER_ENVIRONMENT = 2,      /* no memory */
  RAGGEDC_COMPILER_INTERNAL = 3          /* a mistake of the compiler */
};

/* What the text is. */
enum {
  RAGGEDC_COMPILER_SPEC = 0, /* one line, as `raggedc --spec`: bf16,heads=12,dim=64,max_seqlen=197 */
  RAGGEDC_COMPILER_MLIR = 1  /* a module with one function over ragged operations */
};

/* Fill with zeros, then set struct_size to sizeof(raggedc_compiler_options). A library that knows more fields takes
 * those beyond struct_size for 0; one that knows fewer refuses fields it does not know unless they are 0. For every
 * field but struct_size, 0 or NULL means the default, which is the compiler's own choice where nothing else is said. */
typedef struct raggedc_compiler_options {
  size_t struct_size;
  int32_t input;            /* RAGGEDC_COMPILER_SPEC (default) or RAGGEDC_COMPILER_MLIR */
  int32_t allow_spills;     /* not 0: the manifest tells who builds the kernel to accept spilled registers */
  const char* arch;         /* "sm_80", "sm_90a", ...; default "sm_90a" */
  const char* name;         /* the input's name in diagnostics; default "<spec>" or "<module>" */
  const char* family;       /* "auto", "warp", "single", "online", "latency", "ring" */
  const char* softmax;      /* "auto", "single_pass", "online" */
  int64_t batch;            /* sequences a launch is expected to have */
  int64_t max_seqlen;       /* capacity, in rows, for a module that leaves it open */
  int64_t block_m, block_n; /* rows of a query tile and of a key tile */
  int64_t warps, stages, min_blocks, rows_per_block;
  const char* tuning_table; /* the text of a table that `raggedc tune` wrote; it comes before the compiler's own */
  size_t tuning_table_size; /* bytes of it, no zero byte needed at their end */
  const char* mma;          /* "auto", "warp", "warpgroup" */
  /* "auto": kernels of sm_90 and newer wait for the end of the one in front before they touch device memory, so that
   * they can be launched with programmatic stream serialization. "off": none does, and none may be launched so. The
   * manifest says which it is, as programmatic_launch. */
  const char* dependent_launch;
  /* Not 0: the schedule that NVRTC compiles soonest in the place of the one that runs fastest. What else is asked of
   * the schedule holds, and no tuning table is looked at. */
  int64_t quick;
} raggedc_compiler_options;

typedef struct raggedc_compiler_result raggedc_compiler_result;

/* Compiles `size` bytes of `text` (no zero byte needed at their end). `options` may be NULL. On return *result owns
 * the outcome, an error as well, and is to be destroyed; it is NULL only when `result` cannot be made for want of
 * memory or when RAGGEDC_COMPILER_INVALID_ARGUMENT is about `result` itself being NULL. Texts and structs given are not
 * kept. Takes milliseconds; different calls run at the same time on different threads. */
RAGGEDC_COMPILER_EXPORT int32_t raggedc_compiler_compile(const char* text, size_t size,
                                                         const raggedc_compiler_options* options,
                                                         raggedc_compiler_result** result);

/* Parts of a result, owned by it; never NULL, "" where there is none (all but the diagnostics after an error). `size`
 * may be NULL, else receives the bytes. NULL as a result has "" for every part. */
/* CUDA C++: one self-contained text for NVRTC with --std=c++20. */
RAGGEDC_COMPILER_EXPORT const char* raggedc_compiler_result_cuda(const raggedc_compiler_result* result, size_t* size);
/* JSON: values, kernels and launches. */
RAGGEDC_COMPILER_EXPORT const char* raggedc_compiler_result_manifest(const raggedc_compiler_result* result,
                                                                     size_t* size);
/* The function's name. */
RAGGEDC_COMPILER_EXPORT const char* raggedc_compiler_result_name(const raggedc_compiler_result* result, size_t* size);
/* One line, NAME:LINE:COLUMN: error: expected ..., got ...; without NAME:LINE:COLUMN where it is about an option. After
 * a success: "", or why the tuning table was not used: expected ..., got ... */
RAGGEDC_COMPILER_EXPORT const char* raggedc_compiler_result_diagnostics(const raggedc_compiler_result* result,
                                                                        size_t* size);

/* Milliseconds from text to text. */
RAGGEDC_COMPILER_EXPORT double raggedc_compiler_result_milliseconds(const raggedc_compiler_result* result);

/* NULL is allowed. */
RAGGEDC_COMPILER_EXPORT void raggedc_compiler_result_destroy(raggedc_compiler_result* result);

/* RAGGEDC_COMPILER_ABI of the library. */
RAGGEDC_COMPILER_EXPORT int32_t raggedc_compiler_abi(void);

/* "0.1.0". */
RAGGEDC_COMPILER_EXPORT const char* raggedc_compiler_version(void);

/* One line that names the compiler by the content of its sources and by its LLVM: compilers with one build id make the
 * same text of the same input. The command line of the same sources has the same, so that both share one cache on disk.
 */
RAGGEDC_COMPILER_EXPORT const char* raggedc_compiler_build_id(void);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* RAGGEDC_COMPILER_H_ */
