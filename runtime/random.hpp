// Random numbers: xoshiro256++ (Blackman & Vigna, ACM TOMS 47:36, 2021), one stream per source of randomness. A stream
// is seeded by Philox4x64-10 (Salmon et al., SC 2011) keyed by (seed, replica, name of the source), so that adding or
// removing one source leaves the numbers of all others as they were: common random numbers survive edits.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

namespace treefall::runtime {

class Stream {
 public:
  Stream() = default;
  explicit Stream(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d) : state_{a, b, c, d} {}

  /// 64 uniform bits.
  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }
  /// In [0, 1), a multiple of 2^-53.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  /// In [0, bound), by multiplication; the bias is below bound * 2^-64.
  std::uint64_t below(std::uint64_t bound) {
    __extension__ using Product = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<Product>(next()) * bound) >> 64);
  }

 private:
  std::uint64_t state_[4] = {1, 2, 3, 4};
};

/// The name of a source of randomness as a number (FNV-1a over path, `#` and purpose).
std::uint64_t source_name(std::string_view path, std::string_view purpose);

/// The stream of one source in one replica.
Stream stream(std::uint64_t seed, std::uint64_t replica, std::uint64_t source);

}  // namespace treefall::runtime
