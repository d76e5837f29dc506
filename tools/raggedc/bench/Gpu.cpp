//===- Gpu.cpp - GPU time for each shape -----------------------------------===//

#include <algorithm>
#include <cmath>
#include <random>

#include "passes/CostModel.h"
#include "runtime/strings.h"
#include "runtime/timing.h"
#include "tools/raggedc/bench/Bench.h"

namespace raggedc {

namespace {

constexpr double kFlopsOfMma = 2.0 * 16 * 8 * 16;
constexpr int kReplays = 10;  ///< for each repetition

constexpr int64_t kSmallBatch = 16;  ///< up to here the schedule is chosen for the number of sequences

/// What the lengths ask of the chip.
void fillFloors(GpuRow& row, const raggedc_spec& spec, const std::vector<int64_t>& lengths, const Chip& chip) {
  double pairs = 0;  // of a query and a key it sees
  for (int64_t length : lengths) {
    double n = double(length);
    pairs += spec.flags & RAGGEDC_CAUSAL ? n * (n + 1) / 2 : n * n;
  }
  pairs *= spec.heads;
  row.flops = 2 * pairs * (spec.dim + (spec.dim_v ? spec.dim_v : spec.dim));
  double clocksPerMicrosecond = double(chip.multiprocessors) * chip.clockGHz * 1000;
  double mma = std::max(chip.mmaPerClock, chip.wgmmaPerClock) * kFlopsOfMma;
  if (spec.dtype == RAGGEDC_F32) mma /= 2;  // tf32
  row.memoryFloor = row.bytes / (chip.globalBytes * clocksPerMicrosecond);
  row.tensorFloor = row.flops / (mma * clocksPerMicrosecond);
  row.exp2Floor = pairs / (chip.exp2 * clocksPerMicrosecond);
}

Result<GpuRow> measure(const BenchDevice& device, const Chip& chip, raggedc_context* context, const GpuCell& cell,
                       int64_t repeat) {
  GpuRow row;
  row.spec = cell.spec;
  RAGGEDC_ASSIGN_OR_RETURN(raggedc_spec spec, parseApiSpec(cell.spec));
  RAGGEDC_ASSIGN_OR_RETURN(std::unique_ptr<Operands> operands,
                           Operands::make(device, spec, cell.lengths, Operands::Values::Random));
  RAGGEDC_ASSIGN_OR_RETURN(KernelHandle kernel, getKernel(context, spec, device.info.ordinal));
  RAGGEDC_RETURN_IF_ERROR(operands->addWorkspace(kernel.get()));
  auto enqueue = [&](cu::Stream stream) {
    return checkApi(raggedc_kernel_launch(kernel.get(), &operands->args, stream));
  };
  TimingOptions options;
  options.replays = int(kReplays * repeat);
  RAGGEDC_ASSIGN_OR_RETURN(Timing warm, TimeOnStream(*device.driver, device.stream, enqueue, options));
  options.cold_l2 = true;
  RAGGEDC_ASSIGN_OR_RETURN(Timing cold, TimeOnStream(*device.driver, device.stream, enqueue, options));
  RAGGEDC_RETURN_IF_ERROR(checkApi(raggedc_kernel_check(kernel.get(), device.stream.get(), nullptr)));
  RAGGEDC_RETURN_IF_ERROR(operands->check());
  row.sequences = int64_t(cell.lengths.size());
  row.capacity = spec.max_seqlen;
  row.tokens = operands->rows;
  row.keep = double(row.tokens) / double(row.sequences * row.capacity);
  row.warm = warm.median_us;
  row.cold = cold.median_us;
  row.bytes = double(operands->bytes);
  fillFloors(row, spec, cell.lengths, chip);
  return row;
}

}  // namespace

std::vector<int64_t> drawLengths(int64_t sequences, int64_t capacity, double keep, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<int64_t> lengths;
  for (int64_t i = 0; i < sequences; ++i) {
    double normal = -6;  // of twelve uniform ones, the same on every machine
    for (int j = 0; j < 12; ++j) normal += double(random() >> 11) * 0x1p-53;
    double mean = keep * double(capacity - 1);
    int64_t others = std::clamp<int64_t>(std::llround(mean + 0.1 * mean * normal), 1, capacity - 1);
    lengths.push_back(keep >= 1 ? capacity : 1 + others);
  }
  return lengths;
}

std::vector<GpuCell> defaultCells(uint64_t seed) {
  struct {
    int64_t sequences, capacity;
    double keep;
  } constexpr kCells[] = {{1, 197, 1.0},  {1, 197, 0.2},  {4, 197, 1.0},   {64, 197, 1.0},  {64, 197, 0.5},
                          {64, 197, 0.2}, {64, 197, 0.1}, {256, 197, 1.0}, {256, 197, 0.2}, {1, 577, 1.0},
                          {4, 577, 0.5},  {64, 577, 1.0}, {64, 577, 0.5},  {256, 577, 1.0}};
  std::vector<GpuCell> cells;
  for (const auto& cell : kCells)
    cells.push_back({StrCat("bf16,heads=12,dim=64,max_seqlen=", cell.capacity, ",packed",
                            cell.sequences <= kSmallBatch ? StrCat(",batch=", cell.sequences) : ""),
                     drawLengths(cell.sequences, cell.capacity, cell.keep, seed + cells.size())});
  return cells;
}

Result<GpuResult> benchGpu(const BenchDevice& device, const std::vector<GpuCell>& cells, uint64_t seed,
                           int64_t repeat) {
  std::optional<Chip> chip = getChip(device.info.Arch());
  if (!chip) return EnvironmentError(StrCat("expected a GPU of ", knownArchs().str(), ", got ", device.info.Arch()));
  raggedc_context_options options = RAGGEDC_CONTEXT_OPTIONS_INIT;
  RAGGEDC_ASSIGN_OR_RETURN(ContextHandle context, makeContext(options));
  GpuResult result;
  result.seed = seed;
  for (const GpuCell& cell : cells) {
    Result<GpuRow> row = measure(device, *chip, context.get(), cell, repeat);
    if (!row.ok()) return row.status().WithContext(cell.spec);
    result.rows.push_back(std::move(*row));
  }
  return result;
}

}  // namespace raggedc
