#include "runtime/emulator/warp.h"

#include <bit>
#include <cstring>

#include "runtime/emulator/numerics.h"
#include "runtime/strings.h"

namespace raggedc::emulator {
namespace {

constexpr uint32_t kAll = 0xffffffffu;

template <typename T>
T& ArgOf(const Meeting& meeting, uint32_t lane) {
  return *static_cast<T*>(meeting.args[lane]);
}

}  // namespace

uint32_t ShuffleLanes(Cluster& cluster, abi::Shuffle kind, uint32_t value, uint32_t argument, uint32_t mask, int line,
                      const void* site) {
  struct Args {
    abi::Shuffle kind;
    uint32_t value, argument, result;
  } args = {kind, value, argument, 0};
  Meeting* meeting = cluster.Meet(Cluster::kShuffle, mask, /*aligned=*/false, &args, line, site);
  if (meeting == nullptr) return args.result;
  ++cluster.counters().shuffles;
  for (uint32_t lane = 0; lane < 32; ++lane) {
    if ((mask >> lane & 1) == 0) continue;
    Args& own = ArgOf<Args>(*meeting, lane);
    const uint32_t argument = own.argument & 31;  // all that the instruction looks at
    uint32_t source = lane;
    switch (own.kind) {
      case abi::Shuffle::kIndex:
        source = argument;
        break;
      case abi::Shuffle::kUp:
        source = lane >= argument ? lane - argument : lane;
        break;
      case abi::Shuffle::kDown:
        source = lane + argument < 32 ? lane + argument : lane;
        break;
      case abi::Shuffle::kButterfly:
        source = lane ^ argument;
        break;
    }
    if ((mask >> source & 1) == 0) {
      cluster.Report(FaultKind::kMisuse, line,
                     StrCat("shuffle of lane ", lane, " from lane ", source, ", which is not in its mask"));
      own.result = abi::kPoison;
      continue;
    }
    own.result = ArgOf<Args>(*meeting, source).value;
  }
  cluster.Release(meeting);
  return args.result;
}

uint32_t VoteLanes(Cluster& cluster, abi::Vote kind, bool predicate, uint32_t mask, int line, const void* site) {
  struct Args {
    bool predicate;
    uint32_t ballot;
  } args = {predicate, 0};
  if (Meeting* meeting = cluster.Meet(Cluster::kVote, mask, /*aligned=*/false, &args, line, site)) {
    uint32_t ballot = 0;
    for (uint32_t lane = 0; lane < 32; ++lane) {
      if ((mask >> lane & 1) != 0 && ArgOf<Args>(*meeting, lane).predicate) ballot |= 1u << lane;
    }
    for (uint32_t lane = 0; lane < 32; ++lane) {
      if ((mask >> lane & 1) != 0) ArgOf<Args>(*meeting, lane).ballot = ballot;
    }
    cluster.Release(meeting);
  }
  if (kind == abi::Vote::kAny) return args.ballot != 0 ? 1 : 0;
  if (kind == abi::Vote::kAll) return args.ballot == mask ? 1 : 0;
  return args.ballot;
}

bool ElectLane(Cluster& cluster, uint32_t mask, int line, const void* site) {
  if (Meeting* meeting = cluster.Meet(Cluster::kElect, mask, /*aligned=*/false, nullptr, line, site)) {
    cluster.Release(meeting);
  }
  return cluster.self().lane() == static_cast<uint32_t>(std::countr_zero(mask));
}

void LoadMatrix(Cluster& cluster, uint32_t* registers, uint32_t count, bool transposed, uint32_t address, int line,
                const void* site) {
  struct Args {
    uint32_t* registers;
    uint32_t address;
  } args = {registers, address};
  Meeting* meeting = cluster.Meet(Cluster::kLoadMatrix, kAll, /*aligned=*/true, &args, line, site);
  if (meeting == nullptr) return;
  const Thread& last = cluster.self();
  std::vector<uint32_t> addresses;
  for (uint32_t matrix = 0; matrix < count; ++matrix) {
    uint16_t rows[8][8];
    for (uint32_t row = 0; row < 8; ++row) {
      const uint32_t lane = matrix * 8 + row;
      const Thread& reader = cluster.thread(last.position.cluster_rank, last.warp() * 32 + lane);
      const uint32_t from = ArgOf<Args>(*meeting, lane).address;
      addresses.push_back(from);
      if (!cluster.shared().Read(from, 16, {reader.agent, line}, rows[row])) std::memset(rows[row], 0xff, 16);
    }
    for (uint32_t lane = 0; lane < 32; ++lane) {
      const uint32_t group = lane / 4;
      const uint32_t pair = lane % 4 * 2;
      const uint32_t low = transposed ? rows[pair][group] : rows[group][pair];
      const uint32_t high = transposed ? rows[pair + 1][group] : rows[group][pair + 1];
      ArgOf<Args>(*meeting, lane).registers[matrix] = low | high << 16;
    }
  }
  Counters& counters = cluster.counters();
  ++counters.shared_requests;
  counters.shared_wavefronts += SharedWavefronts(addresses, 16);
  counters.shared_ideal += count;
  cluster.Release(meeting);
}

void StoreMatrix(Cluster& cluster, const uint32_t* registers, uint32_t count, bool transposed, uint32_t address,
                 int line, const void* site) {
  struct Args {
    const uint32_t* registers;
    uint32_t address;
  } args = {registers, address};
  Meeting* meeting = cluster.Meet(Cluster::kStoreMatrix, kAll, /*aligned=*/true, &args, line, site);
  if (meeting == nullptr) return;
  const Thread& last = cluster.self();
  std::vector<uint32_t> addresses;
  for (uint32_t matrix = 0; matrix < count; ++matrix) {
    uint16_t rows[8][8];
    for (uint32_t lane = 0; lane < 32; ++lane) {
      const uint32_t value = ArgOf<Args>(*meeting, lane).registers[matrix];
      const uint32_t group = lane / 4;
      const uint32_t pair = lane % 4 * 2;
      (transposed ? rows[pair][group] : rows[group][pair]) = static_cast<uint16_t>(value);
      (transposed ? rows[pair + 1][group] : rows[group][pair + 1]) = static_cast<uint16_t>(value >> 16);
    }
    for (uint32_t row = 0; row < 8; ++row) {
      const uint32_t lane = matrix * 8 + row;
      const Thread& writer = cluster.thread(last.position.cluster_rank, last.warp() * 32 + lane);
      const uint32_t to = ArgOf<Args>(*meeting, lane).address;
      addresses.push_back(to);
      cluster.shared().Write(to, 16, {writer.agent, line}, rows[row]);
    }
  }
  Counters& counters = cluster.counters();
  ++counters.shared_requests;
  counters.shared_wavefronts += SharedWavefronts(addresses, 16);
  counters.shared_ideal += count;
  cluster.Release(meeting);
}

void Mma(Cluster& cluster, abi::Element type, uint32_t k_bytes, float* c, const uint32_t* a, const uint32_t* b,
         int line, const void* site) {
  struct Args {
    float* c;
    const uint32_t* a;
    const uint32_t* b;
  } args = {c, a, b};
  Meeting* meeting = cluster.Meet(Cluster::kMma, kAll, /*aligned=*/true, &args, line, site);
  if (meeting == nullptr) return;
  const int per_register = ElementsOf(type);
  const int half = 4 * per_register;  // elements of k that one register of each of the four lanes of a row covers
  const int halves = static_cast<int>(k_bytes) / 16;
  float left[16][16];
  float right[8][16];
  bool poison = false;
  for (uint32_t lane = 0; lane < 32; ++lane) {
    const Args& own = ArgOf<Args>(*meeting, lane);
    const uint32_t group = lane / 4;
    const int first = static_cast<int>(lane % 4) * per_register;
    for (int part = 0; part < halves; ++part) {
      for (int i = 0; i < per_register; ++i) {
        const int k = part * half + first + i;
        left[group][k] = ElementAt(type, own.a[2 * part], i);
        left[group + 8][k] = ElementAt(type, own.a[2 * part + 1], i);
        right[group][k] = ElementAt(type, own.b[part], i);
      }
      poison |= own.a[2 * part] == abi::kPoison || own.a[2 * part + 1] == abi::kPoison || own.b[part] == abi::kPoison;
    }
    for (int i = 0; i < 4; ++i) poison |= std::bit_cast<uint32_t>(own.c[i]) == abi::kPoison;
  }
  if (poison) cluster.Report(FaultKind::kInFlight, line, "mma.sync with a result that was not waited for");
  const int depth = halves * half;
  for (uint32_t lane = 0; lane < 32; ++lane) {
    const Args& own = ArgOf<Args>(*meeting, lane);
    for (uint32_t i = 0; i < 4; ++i) {
      const float* row = left[lane / 4 + i / 2 * 8];
      const float* column = right[lane % 4 * 2 + i % 2];
      double sum = own.c[i];
      for (int k = 0; k < depth; ++k) sum += static_cast<double>(row[k]) * column[k];
      own.c[i] = static_cast<float>(sum);
    }
  }
  Counters& counters = cluster.counters();
  ++counters.mma;
  counters.mma_flops += 2 * 16 * 8 * depth;
  cluster.Release(meeting);
}

}  // namespace raggedc::emulator
