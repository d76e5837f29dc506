// What a kernel asked of the machine: bytes, sectors, wavefronts, instructions.
//
// A warp's threads run one after the other here, so their accesses are put together again: the n-th access of all lanes
// at one place of the code (a line as it was inlined somewhere) since the warp last met counts as one instruction.
#ifndef RAGGEDC_RUNTIME_EMULATOR_COUNTERS_H_
#define RAGGEDC_RUNTIME_EMULATOR_COUNTERS_H_

#include <cstdint>
#include <vector>

namespace raggedc::emulator {

struct Counters {
  int64_t global_read_bytes = 0;    // distinct within an instruction of a warp, as the sectors are
  int64_t global_read_sectors = 0;  // of 32 bytes, distinct within an instruction of a warp
  int64_t global_write_bytes = 0;
  int64_t global_write_sectors = 0;
  int64_t global_requests = 0;    // instructions of warps
  int64_t shared_requests = 0;    // ld, st, ldmatrix, stmatrix, the shared half of cp.async
  int64_t shared_wavefronts = 0;  // passes over the 32 banks
  int64_t shared_ideal = 0;       // passes without bank conflicts
  int64_t async_copies = 0;       // 16-byte cp.async of threads
  int64_t mma = 0;                // instructions of warps
  int64_t mma_flops = 0;
  int64_t wgmma = 0;  // instructions of warpgroups
  int64_t wgmma_flops = 0;
  int64_t ex2 = 0;       // of threads
  int64_t shuffles = 0;  // of warps
  int64_t block_barriers = 0;
  int64_t warp_barriers = 0;

  Counters& operator+=(const Counters& other);
};

enum class Space { kGlobalRead, kGlobalWrite, kShared };

// The accesses of one warp between two meetings.
class WarpTraffic {
 public:
  // `address`: of global memory, or in shared memory. Bytes 1 to 16.
  void Note(Space space, int line, const void* site, uint32_t lane, uint64_t address, uint32_t bytes);
  // Counts what was noted and forgets it.
  void Flush(Counters* counters);
  void Clear();

 private:
  struct Access {
    Space space;
    int line;
    uintptr_t site;
    uint32_t occurrence;
    uint32_t lane;
    uint64_t address;
    uint32_t bytes;
  };
  struct Seen {
    int line;
    Space space;
    uintptr_t site;
    uint32_t times;
  };
  std::vector<Access> accesses_;
  std::vector<Seen> seen_[32];  // by lane
};

// Passes over the banks for one instruction of a warp: lanes with 16 bytes go in quarters, with 8 in halves; each pass
// serves every bank with one word, whoever reads it.
int64_t SharedWavefronts(const std::vector<uint32_t>& addresses, uint32_t bytes);

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_COUNTERS_H_
