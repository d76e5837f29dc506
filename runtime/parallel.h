// Work spread over the threads of the machine.
#ifndef RAGGEDC_RUNTIME_PARALLEL_H_
#define RAGGEDC_RUNTIME_PARALLEL_H_

#include <cstdint>
#include <functional>

namespace raggedc {

// Calls body(i) once for each i in [0, count), from up to `threads` threads (0: as many as the machine runs at once),
// and returns when all calls have. Each thread takes the next index when it is done with its last.
void ParallelFor(int64_t count, int threads, const std::function<void(int64_t)>& body);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_PARALLEL_H_
