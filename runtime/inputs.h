// Random inputs for a program.
#ifndef RAGGEDC_RUNTIME_INPUTS_H_
#define RAGGEDC_RUNTIME_INPUTS_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/reference/program.h"
#include "runtime/status.h"
#include "runtime/tensor.h"

namespace raggedc {

// "197,40,0" to numbers, each at least 0; errors name the piece.
Result<std::vector<int64_t>> ParseLengths(std::string_view text);

// `batch` lengths drawn evenly from [minimum, maximum].
std::vector<int64_t> RandomLengths(int64_t batch, int64_t minimum, int64_t maximum, uint64_t seed);

// One tensor for each input of the program, for sequences of these lengths: offsets by adding up; rows and images from
// a normal distribution (each value the sum of twelve uniform ones, so that no libm is involved); keep masks with
// lengths[b] randomly placed ones; indices of random rising positions. The same seed gives the same bytes on every
// machine. An invalid argument when a length does not fit a fixed number of positions or when no step says what an
// input is for; an environment error when all of them would take more than MemoryBudget().
Result<std::vector<Tensor>> GenerateInputs(const Program& program, std::span<const int64_t> lengths, uint64_t seed);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_INPUTS_H_
