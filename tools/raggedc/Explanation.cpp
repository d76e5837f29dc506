//===- Explanation.cpp - what a compilation decided and made ---------------===//

#include "tools/raggedc/Explanation.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "passes/Passes.h"
#include "runtime/inputs.h"
#include "runtime/strings.h"
#include "tools/raggedc/CachedBinary.h"

namespace raggedc {

using namespace mlir::ragged_kernel;

namespace {

//===----------------------------------------------------------------------===//
// Schedules
//===----------------------------------------------------------------------===//

/// Microseconds that `clocks` of one multiprocessor for each (sequence, head) take on the whole chip.
double toMicroseconds(double clocks, const AttentionShape& shape, const Chip& chip, int64_t batch) {
  return clocks * double(batch) * double(shape.headsQ) / double(chip.multiprocessors) / (chip.clockGHz * 1000);
}

/// The attentions of the module with the schedule that the pass picks for each when held to one family ("auto": free).
/// A module whose attentions do not all have one in that family gives nothing.
std::vector<std::pair<mlir::ragged::AttentionOp, ScheduleAttr>> chooseSchedules(mlir::ModuleOp module,
                                                                                const CompileOptions& options,
                                                                                const std::string& family) {
  mlir::ScopedDiagnosticHandler quiet(module.getContext(), [](mlir::Diagnostic&) { return mlir::success(); });
  ChooseScheduleOptions pass;
  pass.arch = options.arch;
  pass.batch = options.batch;
  pass.family = family;
  pass.softmax = options.softmax;
  pass.mma = options.mma;
  pass.warps = options.warps;
  pass.stages = options.stages;
  pass.minBlocks = options.minBlocks;
  pass.rowsPerBlock = options.rowsPerBlock;
  mlir::PassManager manager(module.getContext(), mlir::ModuleOp::getOperationName());
  manager.addPass(createChooseSchedule(pass));
  if (failed(manager.run(module))) return {};
  std::vector<std::pair<mlir::ragged::AttentionOp, ScheduleAttr>> found;
  module.walk([&](mlir::ragged::AttentionOp op) {
    found.emplace_back(op, op->getAttrOfType<ScheduleAttr>("ragged_kernel.schedule"));
  });
  return found;
}

PricedSchedule price(mlir::ragged::AttentionOp op, ScheduleAttr schedule, const Chip& chip,
                     const CompileOptions& options, int64_t batch) {
  AttentionShape shape = AttentionShape::of(op);
  PricedSchedule priced{Candidate::of(schedule), {}, schedule.getReason().str(), 0};
  if (auto cost = estimate(priced.candidate, shape, op.getElementType(), chip, options.batch)) priced.estimate = *cost;
  // With a batch the model prices the whole launch, else one sequence and head of many.
  priced.microseconds = options.batch > 0 ? priced.estimate.total / (chip.clockGHz * 1000)
                                          : toMicroseconds(priced.estimate.total, shape, chip, batch);
  return priced;
}

std::vector<AttentionExplanation> explainAttentions(Compiler& compiler, const Chip& chip, int64_t batch) {
  const CompileOptions& options = compiler.options();
  std::vector<AttentionExplanation> attentions;
  std::vector<std::string> families{options.family};
  if (options.family == "auto") families = {"auto", "warp", "single", "online"};
  // Without a batch nobody would choose it.
  if (options.family == "auto" && options.batch > 0) families.push_back("latency");
  for (const std::string& family : families) {
    mlir::OwningOpRef<mlir::ModuleOp> copy(compiler.module().clone());
    auto schedules = chooseSchedules(*copy, options, family);
    for (size_t i = 0; i < schedules.size(); ++i) {
      auto [op, schedule] = schedules[i];
      PricedSchedule priced = price(op, schedule, chip, options, batch);
      if (&family != &families.front()) {
        if (priced.candidate.family != attentions[i].chosen.candidate.family)
          attentions[i].others.push_back(std::move(priced));
        continue;
      }
      AttentionExplanation attention;
      attention.shape = AttentionShape::of(op);
      llvm::raw_string_ostream(attention.dtype) << op.getElementType();
      const Estimate& cost = priced.estimate;
      auto floor = [&](double clocks) { return toMicroseconds(clocks, attention.shape, chip, batch); };
      attention.floors = {floor(cost.global), floor(cost.tensor), floor(cost.exp2), floor(cost.shared)};
      attention.chosen = std::move(priced);
      attentions.push_back(std::move(attention));
    }
  }
  return attentions;
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// Blocks that fit on a multiprocessor by what ptxas really gave the kernel.
void findOccupancy(KernelExplanation& kernel, const Chip& chip) {
  constexpr int64_t kRegisters = 65536, kRegisterUnit = 256, kWarpUnit = 4, kReservedShared = 1024;
  int64_t threads = kernel.kernel.block[0] * kernel.kernel.block[1] * kernel.kernel.block[2];
  int64_t warps = llvm::alignTo((threads + 31) / 32, kWarpUnit);
  int64_t registers = warps * llvm::alignTo(kernel.resources.registers * 32, kRegisterUnit);
  int64_t shared = kernel.kernel.shared_bytes + kernel.resources.static_shared_bytes + kReservedShared;
  llvm::StringRef base = llvm::StringRef(chip.arch).take_front(5);
  int64_t blocks = chip.maxThreads == 2048 ? 32 : base == "sm_86" ? 16 : 24;
  kernel.limit = "the chip";
  auto bound = [&](int64_t most, const char* what) {
    if (most < blocks) {
      blocks = most;
      kernel.limit = what;
    }
  };
  bound(chip.maxThreads / threads, "threads");
  bound(kRegisters / registers, "registers");
  bound(chip.sharedPerMultiprocessor / shared, "shared memory");
  kernel.blocksPerMultiprocessor = blocks;
  kernel.occupancy = double(blocks * threads) / double(chip.maxThreads);
}

size_t countKernelLines(llvm::StringRef cuda) {
  size_t begin = cuda.find("extern \"C\" __global__");
  return begin == llvm::StringRef::npos ? 0 : cuda.drop_front(begin).count('\n');
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

template <typename... Values>
std::string format(const char* pattern, Values... values) {
  char text[512];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

/// `text` in lines of at most 100 columns, all but the first behind `indent` blanks.
std::string wrap(llvm::StringRef text, size_t indent) {
  constexpr size_t kColumns = 100;
  std::string wrapped;
  size_t column = indent;
  while (!text.empty()) {
    auto [word, rest] = text.split(' ');
    text = rest;
    if (column > indent && column + 1 + word.size() > kColumns) {
      wrapped += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      wrapped += ' ';
      ++column;
    }
    wrapped += word;
    column += word.size();
  }
  return wrapped;
}

std::string describe(const Candidate& c) {
  return StrCat(stringifyFamily(c.family).str(), c.softmax == Softmax::SinglePass ? ", single-pass" : ", online",
                " softmax, ", c.warpgroups ? "wgmma, " : "", c.warps, c.warps == 1 ? " warp" : " warps", " a block, ",
                c.rowsPerBlock, " query rows a block, ", c.blockN, " keys at a time, ", c.stages,
                c.stages == 1 ? " stage" : " stages",
                c.headsPerBlock > 1 ? StrCat(", ", c.headsPerBlock, " heads a block") : "");
}

std::string toText(const AttentionExplanation& attention) {
  const AttentionShape& shape = attention.shape;
  std::string text = StrCat("\nattention   ", attention.dtype, ", ", shape.headsQ, " heads of ", shape.headDim,
                            shape.headDimV != shape.headDim ? StrCat(" (v: ", shape.headDimV, ")") : "",
                            shape.headsKV != shape.headsQ ? StrCat(", ", shape.headsKV, " of k and v") : "",
                            ", capacity ", shape.capacity, shape.causal ? ", causal" : "", "\n");
  text += StrCat("  schedule  ", describe(attention.chosen.candidate), "\n");
  text += "  why       " + wrap(attention.chosen.reason, 12) + "\n";
  text += format(
      "  time      %6.1f us predicted, floors: device memory %.1f, tensor cores %.1f, ex2 %.1f, shared memory "
      "%.1f\n",
      attention.chosen.microseconds, attention.floors.memory, attention.floors.tensor, attention.floors.exp2,
      attention.floors.shared);
  const char* label = "  others    ";
  for (const PricedSchedule& other : attention.others) {
    text += format("%s%6.1f us  %s\n", label, other.microseconds, describe(other.candidate).c_str());
    label = "            ";
  }
  return text;
}

//===----------------------------------------------------------------------===//
// Counters
//===----------------------------------------------------------------------===//

constexpr uint64_t kEmulatedSeed = 1;  // of the random rows; the counters do not depend on their values

Result<std::vector<EmulatedLaunch>> countOnEmulator(const Manifest& manifest, const std::string& cuda,
                                                    const Program& program, const std::vector<int64_t>& lengths) {
  RAGGEDC_ASSIGN_OR_RETURN(std::vector<Tensor> inputs, GenerateInputs(program, lengths, kEmulatedSeed));
  EmulatorOptions options;
  options.counts = true;
  options.source_name = program.name + ".cu";
  RAGGEDC_ASSIGN_OR_RETURN(EmulationResult result, Emulate(manifest, cuda, inputs, options));
  if (!result.faults.empty()) return InternalError(emulator::Describe(result.faults.front(), options.source_name));
  return std::move(result.launches);
}

std::string toText(const std::vector<EmulatedLaunch>& launches, const std::vector<int64_t>& lengths) {
  std::string text = "\nemulated    one run on lengths ";
  for (size_t i = 0; i < lengths.size(); ++i) text += StrCat(i ? "," : "", lengths[i]);
  text += "\n";
  for (const EmulatedLaunch& launch : launches) {
    const emulator::Counters& c = launch.counters;
    auto percent = [](int64_t part, int64_t whole) { return whole > 0 ? 100.0 * double(part) / double(whole) : 100.0; };
    auto row = [&](const char* label, const std::string& value) {
      text += format("    %-16s%s\n", label, value.c_str());
    };
    text += StrCat("  ", launch.kernel, ", ", launch.blocks, launch.blocks == 1 ? " block\n" : " blocks\n");
    row("global read",
        format("%lld bytes in %lld sectors of 32 (%.0f %% used)", (long long)c.global_read_bytes,
               (long long)c.global_read_sectors, percent(c.global_read_bytes, 32 * c.global_read_sectors)));
    row("global written",
        format("%lld bytes in %lld sectors of 32 (%.0f %% used)", (long long)c.global_write_bytes,
               (long long)c.global_write_sectors, percent(c.global_write_bytes, 32 * c.global_write_sectors)));
    row("shared memory",
        format("%lld wavefronts for %lld accesses of warps, %lld without bank conflicts",
               (long long)c.shared_wavefronts, (long long)c.shared_requests, (long long)c.shared_ideal));
    row("instructions", format("%lld mma.sync (%.2f MFLOP), %lld ex2, %lld shuffles of warps", (long long)c.mma,
                               double(c.mma_flops) * 1e-6, (long long)c.ex2, (long long)c.shuffles));
    if (c.wgmma > 0) row("", format("%lld wgmma (%.2f MFLOP)", (long long)c.wgmma, double(c.wgmma_flops) * 1e-6));
    row("barriers", format("%lld of blocks, %lld of warps", (long long)c.block_barriers, (long long)c.warp_barriers));
  }
  return text;
}

}  // namespace

Result<Explanation> explain(const SourceText& source, const CompileOptions& options, int64_t batch,
                            const EmulatedLengths& emulate, DiskCache* cache) {
  Explanation result;
  Compiler compiler(options);
  RAGGEDC_RETURN_IF_ERROR(compiler.parse(source.text, source.name));
  RAGGEDC_RETURN_IF_ERROR(compiler.specialise());
  result.name = compiler.function().getName().str();
  result.chip = *getChip(options.arch);
  result.batch = batch;
  std::vector<AttentionExplanation> attentions = explainAttentions(compiler, result.chip, batch);
  RAGGEDC_ASSIGN_OR_RETURN(Program program, compiler.program());
  RAGGEDC_RETURN_IF_ERROR(compiler.lower());
  result.attentions = std::move(attentions);
  BinarySource binarySource{"", "", options, source.spec};
  std::string& cuda = binarySource.cuda;
  RAGGEDC_ASSIGN_OR_RETURN(cuda, compiler.emitCuda());
  RAGGEDC_ASSIGN_OR_RETURN(binarySource.manifest, compiler.emitManifest());
  RAGGEDC_ASSIGN_OR_RETURN(Manifest manifest, ParseManifest(binarySource.manifest));
  result.mlirMilliseconds = compiler.milliseconds();
  result.cudaBytes = cuda.size();
  result.kernelLines = countKernelLines(cuda);
  if (emulate) {
    result.emulatedLengths = emulate->empty() ? std::vector<int64_t>{getCapacity(program)} : *emulate;
    RAGGEDC_ASSIGN_OR_RETURN(result.emulated, countOnEmulator(manifest, cuda, program, result.emulatedLengths));
  }

  BinaryOptions binaryOptions;
  binaryOptions.arch = options.arch;
  binaryOptions.name = result.name + ".cu";
  binaryOptions.allowSpills = true;  // to be shown
  Result<CachedBinary> built = buildCachedBinary(cache, binarySource, binaryOptions);
  result.nvrtcStatus = built.status();
  if (!built.ok()) {
    if (built.status().code() == StatusCode::kEnvironment) return result;
    return built.status();
  }
  const Binary& binary = built->binary;
  result.cubinBytes = binary.cubin.size();
  result.nvrtcMilliseconds = binary.nvrtcMilliseconds;
  result.cache = built->source ? CacheSourceName(*built->source) : "off";
  if (built->isHit()) result.cacheHit = built->describeHit();
  for (const ManifestKernel& kernel : manifest.kernels) {
    const KernelResources* resources = FindResources(binary.resources, kernel.symbol);
    if (!resources) return InternalError(StrCat("expected a report on kernel ", kernel.symbol, ", got none"));
    KernelExplanation explained{kernel, *resources};
    findOccupancy(explained, result.chip);
    result.kernels.push_back(std::move(explained));
  }
  return result;
}

std::string toText(const Explanation& explanation) {
  std::string text = StrCat(explanation.name, " for ", explanation.chip.arch, ", times for ", explanation.batch,
                            " sequences at full capacity\n");
  for (const AttentionExplanation& attention : explanation.attentions) text += toText(attention);
  if (!explanation.kernels.empty()) {
    int width = 8;
    for (const KernelExplanation& kernel : explanation.kernels)
      width = std::max(width, int(kernel.kernel.symbol.size()));
    text += format("\n%-*s  threads  registers  shared memory  stack  spills  blocks/SM  occupancy  limited by\n",
                   width, "kernel");
    for (const KernelExplanation& kernel : explanation.kernels)
      text +=
          format("%-*s  %7lld  %9lld  %13lld  %5lld  %6lld  %9lld  %7.0f %%  %s\n", width, kernel.kernel.symbol.c_str(),
                 static_cast<long long>(kernel.kernel.block[0]), static_cast<long long>(kernel.resources.registers),
                 static_cast<long long>(kernel.kernel.shared_bytes + kernel.resources.static_shared_bytes),
                 static_cast<long long>(kernel.resources.stack_bytes),
                 static_cast<long long>(kernel.resources.spill_store_bytes + kernel.resources.spill_load_bytes),
                 static_cast<long long>(kernel.blocksPerMultiprocessor), kernel.occupancy * 100, kernel.limit);
  }
  if (!explanation.emulated.empty()) text += toText(explanation.emulated, explanation.emulatedLengths);
  text += format("\ncompile     MLIR %.1f ms from text to text; CUDA C++ of %zu bytes, %zu lines of it kernels\n",
                 explanation.mlirMilliseconds, explanation.cudaBytes, explanation.kernelLines);
  if (explanation.nvrtcStatus.ok())
    text += format("            NVRTC %.0f ms%s; cubin of %zu bytes\n", explanation.nvrtcMilliseconds,
                   explanation.cacheHit.empty() ? "" : (" once, now in " + explanation.cacheHit).c_str(),
                   explanation.cubinBytes);
  else
    text += StrCat("            no cubin: ", explanation.nvrtcStatus.message(), "\n");
  return text;
}

std::string toJson(const Explanation& explanation) {
  using Json = nlohmann::ordered_json;
  auto schedule = [](const PricedSchedule& priced) {
    const Candidate& c = priced.candidate;
    return Json{{"family", stringifyFamily(c.family).str()},
                {"softmax", stringifySoftmax(c.softmax).str()},
                {"mma", c.warpgroups ? "warpgroup" : "warp"},
                {"warps", c.warps},
                {"rows_per_block", c.rowsPerBlock},
                {"block_n", c.blockN},
                {"stages", c.stages},
                {"heads_per_block", c.headsPerBlock},
                {"predicted_us", priced.microseconds},
                {"bound", priced.estimate.bound ? priced.estimate.bound : ""},
                {"reason", priced.reason}};
  };
  Json json{{"name", explanation.name}, {"arch", explanation.chip.arch}, {"batch", explanation.batch}};
  json["attentions"] = Json::array();
  for (const AttentionExplanation& attention : explanation.attentions) {
    const AttentionShape& shape = attention.shape;
    Json entry{{"dtype", attention.dtype},
               {"heads", shape.headsQ},
               {"kv_heads", shape.headsKV},
               {"dim", shape.headDim},
               {"dim_v", shape.headDimV},
               {"max_seqlen", shape.capacity},
               {"causal", shape.causal},
               {"schedule", schedule(attention.chosen)},
               {"floors_us",
                {{"device_memory", attention.floors.memory},
                 {"tensor_cores", attention.floors.tensor},
                 {"ex2", attention.floors.exp2},
                 {"shared_memory", attention.floors.shared}}},
               {"others", Json::array()}};
    for (const PricedSchedule& other : attention.others) entry["others"].push_back(schedule(other));
    json["attentions"].push_back(std::move(entry));
  }
  json["kernels"] = Json::array();
  for (const KernelExplanation& kernel : explanation.kernels)
    json["kernels"].push_back({{"symbol", kernel.kernel.symbol},
                               {"threads", kernel.kernel.block[0]},
                               {"registers", kernel.resources.registers},
                               {"shared_bytes", kernel.kernel.shared_bytes + kernel.resources.static_shared_bytes},
                               {"stack_bytes", kernel.resources.stack_bytes},
                               {"spill_store_bytes", kernel.resources.spill_store_bytes},
                               {"spill_load_bytes", kernel.resources.spill_load_bytes},
                               {"blocks_per_sm", kernel.blocksPerMultiprocessor},
                               {"occupancy", kernel.occupancy},
                               {"limited_by", kernel.limit}});
  for (const EmulatedLaunch& launch : explanation.emulated) {
    const emulator::Counters& c = launch.counters;
    json["emulated_lengths"] = explanation.emulatedLengths;
    json["emulated"].push_back({{"symbol", launch.kernel},
                                {"blocks", launch.blocks},
                                {"global_read_bytes", c.global_read_bytes},
                                {"global_read_sectors", c.global_read_sectors},
                                {"global_write_bytes", c.global_write_bytes},
                                {"global_write_sectors", c.global_write_sectors},
                                {"shared_requests", c.shared_requests},
                                {"shared_wavefronts", c.shared_wavefronts},
                                {"shared_wavefronts_without_conflicts", c.shared_ideal},
                                {"mma", c.mma},
                                {"mma_flops", c.mma_flops},
                                {"wgmma", c.wgmma},
                                {"wgmma_flops", c.wgmma_flops},
                                {"ex2", c.ex2},
                                {"warp_shuffles", c.shuffles},
                                {"block_barriers", c.block_barriers},
                                {"warp_barriers", c.warp_barriers}});
  }
  json["mlir_ms"] = explanation.mlirMilliseconds;
  json["cuda_bytes"] = explanation.cudaBytes;
  if (explanation.nvrtcStatus.ok()) {
    json["nvrtc_ms"] = explanation.nvrtcMilliseconds;
    json["cubin_bytes"] = explanation.cubinBytes;
    json["cache"] = explanation.cache;
  } else {
    json["nvrtc_error"] = explanation.nvrtcStatus.message();
  }
  return json.dump(2) + "\n";
}

}  // namespace raggedc
