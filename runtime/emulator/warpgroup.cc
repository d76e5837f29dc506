#include "runtime/emulator/warpgroup.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "runtime/emulator/bulk_copy.h"
#include "runtime/emulator/numerics.h"
#include "runtime/emulator/swizzle.h"
#include "runtime/strings.h"

namespace raggedc::emulator {
namespace {

constexpr uint32_t kRows = 64;
constexpr uint32_t kThreads = 128;
constexpr uint32_t kAllLanes = 0xffffffffu;
constexpr uint32_t kNoChunk = 0xffffffffu;
constexpr uint32_t kAddressMask = 0x3ffff;

// A matrix descriptor. All in bytes.
struct Descriptor {
  uint32_t address = 0;
  uint32_t leading = 0;
  uint32_t stride = 0;
  uint32_t width = 16;  // of the swizzle; 16: none

  explicit Descriptor(uint64_t bits)
      : address(static_cast<uint32_t>(bits & 0x3fff) << 4),
        leading(static_cast<uint32_t>(bits >> 16 & 0x3fff) << 4),
        stride(static_cast<uint32_t>(bits >> 32 & 0x3fff) << 4) {
    constexpr uint32_t kWidths[] = {16, 128, 64, 32};
    width = kWidths[bits >> 62];
  }

  // 16 bytes along k: chunk 0 or 1 of 32 bytes of k, in `row` of M or N.
  uint32_t AlongK(uint32_t row, uint32_t chunk) const {
    return At(row % 8 * width + row / 8 * stride + chunk * (width == 16 ? leading : 16));
  }
  // 16 bytes along M or N: rows 8 * block... at `k`.
  uint32_t AlongRows(uint32_t block, uint32_t k) const {
    if (width == 16) return At(block * stride + k % 8 * 16 + k / 8 * leading);
    const uint32_t chunks = width / 16;
    return At(block % chunks * 16 + block / chunks * leading + k % 8 * width + k / 8 * stride);
  }

 private:
  uint32_t At(uint32_t offset) const { return SwizzleAddress((address + offset) & kAddressMask, width); }
};

// The chunks of an operand with `rows` rows, those of the same 8 or 1 rows together.
std::vector<uint32_t> ChunksOf(const Descriptor& descriptor, bool transposed, uint32_t rows) {
  std::vector<uint32_t> chunks;
  if (transposed) {
    for (uint32_t block = 0; block < rows / 8; ++block) {
      for (uint32_t k = 0; k < 16; ++k) chunks.push_back(descriptor.AlongRows(block, k));
    }
  } else {
    for (uint32_t row = 0; row < rows; ++row) {
      for (uint32_t chunk = 0; chunk < 2; ++chunk) chunks.push_back(descriptor.AlongK(row, chunk));
    }
  }
  return chunks;
}

// The operand as floats, row-major, 8 or 16 of k.
std::vector<float> Gather(const uint8_t* shared, const std::vector<uint32_t>& chunks, abi::Element type,
                          bool transposed, uint32_t rows) {
  const auto per_register = static_cast<uint32_t>(ElementsOf(type));
  const uint32_t depth = 8 * per_register;
  const uint32_t per_chunk = 4 * per_register;
  std::vector<float> values(size_t{rows} * depth);
  for (size_t i = 0; i < chunks.size(); ++i) {
    uint32_t registers[4];
    std::memset(registers, 0xff, sizeof registers);
    if (chunks[i] != kNoChunk) std::memcpy(registers, shared + chunks[i], sizeof registers);
    for (uint32_t e = 0; e < per_chunk; ++e) {
      const float value = ElementAt(type, registers[e / per_register], static_cast<int>(e % per_register));
      const size_t row = transposed ? i / 16 * 8 + e : i / 2;
      const size_t k = transposed ? i % 16 : i % 2 * per_chunk + e;
      values[row * depth + k] = value;
    }
  }
  return values;
}

bool IsPoison(const float* values, uint32_t count, bool all) {
  const auto poison = [](float value) { return std::bit_cast<uint32_t>(value) == abi::kPoison; };
  return all ? std::all_of(values, values + count, poison) : std::any_of(values, values + count, poison);
}

}  // namespace

struct WarpgroupState::Product {
  abi::WgmmaShape shape = {};
  uint64_t a_descriptor = 0;
  uint64_t b_descriptor = 0;
  bool accumulate = false;
  int line = 0;
  uint32_t rank = 0;
  uint32_t agent = 0;
  std::array<float*, kThreads> d = {};
  std::array<const uint32_t*, kThreads> a_at = {};
  std::vector<uint32_t> a;        // 4 for each thread
  std::shared_ptr<Product> base;  // whose result it adds to
  std::vector<float> values;      // as the accumulators: before, and when it is done, after
  std::vector<uint32_t> a_chunks, b_chunks;
  bool done = false;
  std::vector<Clock> clocks;  // of its end

  uint32_t registers() const { return shape.n / 2; }
  float* of(uint32_t thread) { return values.data() + size_t{thread} * registers(); }
};

WarpgroupState::Warp& WarpgroupState::WarpOf(const Thread& thread) {
  return warps_[{thread.position.cluster_rank, thread.warp()}];
}

uint32_t WarpgroupState::AgentOf(const Thread& thread) const {
  const Launch& launch = cluster_.launch();
  const uint32_t group =
      thread.position.cluster_rank * ((launch.threads + kThreads - 1) / kThreads) + thread.warp() / 4;
  return launch.threads * launch.cluster + BulkState::kMbarrierAgents +
         group % (BulkState::kAgents - BulkState::kMbarrierAgents);
}

void WarpgroupState::Finish() {
  for (auto& [key, warp] : warps_) {
    warp.groups.push_back(warp.open);
    for (const auto& group : warp.groups) {
      for (const auto& product : group) {
        cluster_.Report(FaultKind::kInFlight, product->line,
                        StrCat("warp ", key.second, " ended before its wgmma was waited for"));
      }
    }
  }
}

void WarpgroupState::Fence(int line, const void* site) {
  Meeting* meeting = cluster_.Meet(Cluster::kWarpMisc, kAllLanes, /*aligned=*/true, nullptr, line, site);
  if (meeting == nullptr) return;
  Warp& warp = WarpOf(cluster_.self());
  warp.fenced = true;
  warp.delivered.clear();
  warp.sources.clear();
  cluster_.Release(meeting);
}

void WarpgroupState::CheckRegisters(Product& product, uint32_t first_thread, int line) {
  const uint32_t rank = product.rank;
  const uint32_t registers = product.registers();
  std::shared_ptr<Product> base;
  for (uint32_t w = 0; w < 4; ++w) {
    Warp& warp = WarpOf(cluster_.thread(rank, first_thread + w * 32));
    const uint32_t first = w * 32;
    const float* begin = product.d[first];
    // What is in flight there.
    std::shared_ptr<Product> own_base;
    for (const std::shared_ptr<Product>& other : warp.flying) {
      const float* other_begin = other->d[first];
      if (begin >= other_begin + other->registers() || other_begin >= begin + registers) continue;
      if (begin != other_begin || registers != other->registers()) {
        cluster_.Abort(
            FaultKind::kMisuse, line,
            StrCat("wgmma with a part of the accumulators that the one of line ", other->line, " still works on"));
      }
      own_base = other;
    }
    if (w > 0 && own_base != base) {
      cluster_.Abort(FaultKind::kDivergence, line, "expected the warps of a warpgroup to wait for the same products");
    }
    base = own_base;
    if (!cluster_.launch().checks) continue;
    if (base != nullptr) {
      for (uint32_t i = first; i < first + 32; ++i) {
        if (IsPoison(product.d[i], registers, true)) continue;
        cluster_.Report(FaultKind::kInFlight, line,
                        StrCat("accumulators were written while the wgmma of line ", base->line, " worked on them"),
                        base->line);
        break;
      }
    } else {
      const auto known = std::find_if(warp.delivered.rbegin(), warp.delivered.rend(), [&](const auto& other) {
        return other->d[first] == begin && other->registers() == registers;
      });
      if (known != warp.delivered.rend()) {
        for (uint32_t i = first; i < first + 32; ++i) {
          if (std::memcmp(product.d[i], (*known)->of(i), registers * sizeof(float)) == 0) continue;
          cluster_.Report(FaultKind::kMisuse, line,
                          StrCat("accumulators were changed after the wgmma of line ", (*known)->line,
                                 " without wgmma.fence between the change and this one"),
                          (*known)->line);
          break;
        }
      } else if (!warp.fenced) {
        cluster_.Report(FaultKind::kMisuse, line,
                        "expected wgmma.fence between other uses of the accumulators and wgmma, got none");
      }
      if (product.accumulate && IsPoison(product.of(first), registers * 32, false)) {
        cluster_.Report(FaultKind::kInFlight, line, "wgmma adds to a result that was not waited for");
      }
    }
    if (product.shape.a_shared) continue;
    uint64_t sum = 0xcbf29ce484222325;
    bool poison = false;
    for (uint32_t i = first * 4; i < (first + 32) * 4; ++i) {
      sum = (sum ^ product.a[i]) * 0x100000001b3;
      poison |= product.a[i] == abi::kPoison;
    }
    if (poison) cluster_.Report(FaultKind::kInFlight, line, "wgmma multiplies a result that was not waited for");
    const std::pair<const void*, uint64_t> source = {product.a_at[first], sum};
    if (std::find(warp.sources.begin(), warp.sources.end(), source) == warp.sources.end()) {
      if (!warp.fenced) {
        cluster_.Report(FaultKind::kMisuse, line,
                        "expected wgmma.fence between the writes of the registers of a and wgmma, got none");
      }
      warp.sources.push_back(source);
    }
  }
  product.base = std::move(base);
}

void WarpgroupState::TakeOperands(Product& product, uint32_t first_thread) {
  SharedMemory& shared = cluster_.shared(product.rank);
  Order& order = cluster_.order();
  const Accessor accessor = {product.agent, product.line};
  const auto begin = [&](std::vector<uint32_t>& chunks, size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) {
      if (!shared.BeginAsyncRead(chunks[i], 16, accessor)) chunks[i] = kNoChunk;
    }
  };
  const uint32_t first_agent = product.rank * cluster_.launch().threads + first_thread;
  if (product.shape.a_shared) {
    product.a_chunks = ChunksOf(Descriptor(product.a_descriptor), product.shape.a_transposed, kRows);
    // A warp reads its own 16 rows.
    const size_t quarter = product.a_chunks.size() / 4;
    for (uint32_t w = 0; w < 4; ++w) {
      if (cluster_.launch().checks) order.Intersect(product.agent, first_agent + w * 32, 32);
      begin(product.a_chunks, w * quarter, (w + 1) * quarter);
    }
  }
  product.b_chunks = ChunksOf(Descriptor(product.b_descriptor), product.shape.b_transposed, product.shape.n);
  if (cluster_.launch().checks) order.Intersect(product.agent, first_agent, kThreads);
  begin(product.b_chunks, 0, product.b_chunks.size());
}

void WarpgroupState::Multiply(const abi::WgmmaShape& shape, float* d, const uint32_t* a, uint64_t a_descriptor,
                              uint64_t b_descriptor, bool accumulate, int line, const void* site) {
  struct Args {
    const abi::WgmmaShape& shape;
    float* d;
    const uint32_t* a;
    uint64_t a_descriptor;
    uint64_t b_descriptor;
    bool accumulate;
  } args = {shape, d, a, a_descriptor, b_descriptor, accumulate};
  Meeting* meeting = cluster_.MeetWarpgroup(&args, line, site);
  if (meeting == nullptr) return;
  const Thread& last = cluster_.self();
  const uint32_t first_thread = last.position.thread / kThreads * kThreads;
  constexpr uint64_t kUnused = 0x3fffull | 0x3fffull << 16 | 0x3fffull << 32 | 3ull << 62;
  for (const uint64_t descriptor : {shape.a_shared ? a_descriptor : 0, b_descriptor}) {
    if ((descriptor & ~kUnused) != 0) {
      cluster_.Abort(
          FaultKind::kMisuse, line,
          StrCat("expected a matrix descriptor with a base offset of 0 and nothing in unused bits, got ", descriptor));
    }
  }
  if (shape.n < 8 || shape.n > 256 || shape.n % 8 != 0 ||
      (shape.type == abi::Element::kTf32 && (shape.a_transposed || shape.b_transposed))) {
    cluster_.Abort(FaultKind::kMisuse, line, StrCat("expected a shape that wgmma has, got n ", shape.n));
  }
  auto product = std::make_shared<Product>();
  product->shape = shape;
  product->a_descriptor = a_descriptor;
  product->b_descriptor = b_descriptor;
  product->accumulate = accumulate;
  product->line = line;
  product->rank = last.position.cluster_rank;
  product->agent = AgentOf(last);
  const uint32_t registers = product->registers();
  product->values.resize(size_t{kThreads} * registers);
  for (uint32_t i = 0; i < kThreads; ++i) {
    const Args& own = *static_cast<Args*>(meeting->args[i]);
    if ((shape.a_shared && own.a_descriptor != a_descriptor) || own.b_descriptor != b_descriptor ||
        own.accumulate != accumulate) {
      cluster_.Abort(FaultKind::kMisuse, line,
                     StrCat("expected the same descriptors in all threads of a warpgroup, got others in thread ",
                            first_thread + i));
    }
    product->d[i] = own.d;
    product->a_at[i] = own.a;
    if (!shape.a_shared) product->a.insert(product->a.end(), own.a, own.a + 4);
    std::memcpy(product->of(i), own.d, registers * sizeof(float));
  }
  CheckRegisters(*product, first_thread, line);
  TakeOperands(*product, first_thread);
  for (uint32_t i = 0; i < kThreads; ++i) {
    std::fill_n(product->d[i], registers, std::bit_cast<float>(abi::kPoison));
  }
  for (uint32_t w = 0; w < 4; ++w) {
    Warp& warp = WarpOf(cluster_.thread(product->rank, first_thread + w * 32));
    std::erase(warp.flying, product->base);
    std::erase_if(warp.delivered, [&](const auto& other) { return other->d[w * 32] == product->d[w * 32]; });
    warp.flying.push_back(product);
    warp.open.push_back(product);
  }
  Counters& counters = cluster_.counters();
  ++counters.wgmma;
  counters.wgmma_flops += int64_t{2} * kRows * shape.n * 8 * ElementsOf(shape.type);
  cluster_.Release(meeting);
}

void WarpgroupState::Commit(int line, const void* site) {
  Meeting* meeting = cluster_.Meet(Cluster::kWarpMisc, kAllLanes, /*aligned=*/true, nullptr, line, site);
  if (meeting == nullptr) return;
  Warp& warp = WarpOf(cluster_.self());
  warp.groups.push_back(std::exchange(warp.open, {}));
  cluster_.Release(meeting);
}

void WarpgroupState::Compute(Product& product) {
  if (product.done) return;
  product.done = true;
  const abi::WgmmaShape& shape = product.shape;
  if (product.base != nullptr) {
    Compute(*product.base);
    product.values = product.base->values;
    product.base.reset();
  }
  const auto per_register = static_cast<uint32_t>(ElementsOf(shape.type));
  const uint32_t depth = 8 * per_register;
  SharedMemory& shared = cluster_.shared(product.rank);
  std::vector<float> left(size_t{kRows} * depth);
  if (shape.a_shared) {
    left = Gather(shared.data(), product.a_chunks, shape.type, shape.a_transposed, kRows);
  } else {
    for (uint32_t i = 0; i < kThreads; ++i) {
      for (uint32_t r = 0; r < 4; ++r) {
        const uint32_t row = i / 32 * 16 + i % 32 / 4 + r % 2 * 8;
        for (uint32_t e = 0; e < per_register; ++e) {
          const uint32_t k = i % 4 * per_register + e + r / 2 * depth / 2;
          left[row * depth + k] = ElementAt(shape.type, product.a[i * 4 + r], static_cast<int>(e));
        }
      }
    }
  }
  const std::vector<float> right = Gather(shared.data(), product.b_chunks, shape.type, shape.b_transposed, shape.n);
  for (uint32_t i = 0; i < kThreads; ++i) {
    float* d = product.of(i);
    for (uint32_t r = 0; r < product.registers(); ++r) {
      const uint32_t row = i / 32 * 16 + i % 32 / 4 + r / 2 % 2 * 8;
      const uint32_t column = r / 4 * 8 + i % 4 * 2 + r % 2;
      double sum = product.accumulate ? d[r] : 0.0;
      for (uint32_t k = 0; k < depth; ++k) {
        sum += static_cast<double>(left[row * depth + k]) * right[column * depth + k];
      }
      d[r] = static_cast<float>(sum);
    }
  }
  for (const std::vector<uint32_t>& chunks : {product.a_chunks, product.b_chunks}) {
    for (const uint32_t chunk : chunks) {
      if (chunk != kNoChunk) shared.EndAsyncRead(chunk, 16, product.agent, product.line);
    }
  }
  if (cluster_.launch().checks) {
    cluster_.order().Release(product.agent, &product.clocks);
    cluster_.order().Advance(product.agent);
  }
}

void WarpgroupState::Deliver(Warp& warp, const std::shared_ptr<Product>& product, uint32_t first_thread) {
  Compute(*product);
  const uint32_t first = first_thread % kThreads;
  for (uint32_t i = first; cluster_.launch().checks && i < first + 32; ++i) {
    cluster_.order().Acquire(product->rank * cluster_.launch().threads + first_thread - first + i, product->clocks);
  }
  const auto found = std::find(warp.flying.begin(), warp.flying.end(), product);
  if (found == warp.flying.end()) return;  // a later one works on the same accumulators
  warp.flying.erase(found);
  for (uint32_t i = first; i < first + 32; ++i) {
    if (!IsPoison(product->d[i], product->registers(), true)) {
      cluster_.Report(FaultKind::kInFlight, product->line,
                      "accumulators were written before wgmma.wait_group, while wgmma worked on them");
      continue;
    }
    std::memcpy(product->d[i], product->of(i), product->registers() * sizeof(float));
  }
  warp.delivered.push_back(product);
}

void WarpgroupState::Wait(uint32_t pending, int line, const void* site) {
  Meeting* meeting = cluster_.Meet(Cluster::kWarpMisc, kAllLanes, /*aligned=*/true, nullptr, line, site);
  if (meeting == nullptr) return;
  const Thread& last = cluster_.self();
  Warp& warp = WarpOf(last);
  for (; warp.groups.size() > pending; warp.groups.pop_front()) {
    for (const std::shared_ptr<Product>& product : warp.groups.front()) {
      Deliver(warp, product, last.warp() * 32);
      warp.fenced = false;
    }
  }
  cluster_.Release(meeting);
}

}  // namespace raggedc::emulator
