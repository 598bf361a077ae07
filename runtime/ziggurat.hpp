// Standard exponential and normal variates by the ziggurat method (Marsaglia & Tsang, J. Stat. Software 5:8, 2000)
// with 256 layers. Layer and position come from different bits of one 64-bit number, which avoids the correlation of
// the original (Doornik 2005).
#pragma once

#include <array>
#include <cstdint>

#include "runtime/random.hpp"

namespace treefall::runtime {

struct Ziggurat {
  std::array<double, 256> width;        // of layer i, times 2^-53
  std::array<std::uint64_t, 256> sure;  // a 53-bit position below this lies under the curve for certain
  std::array<double, 256> height;       // of the density at the layer's right edge
};
struct Ziggurats {
  Ziggurat exponential;
  Ziggurat normal;
};
extern const Ziggurats ziggurats;

double exponential_slow(Stream& stream, std::uint64_t bits);
double normal_slow(Stream& stream, std::uint64_t bits);

/// Mean 1.
inline double draw_exponential(Stream& stream) {
  const std::uint64_t bits = stream.next();
  const std::size_t layer = bits & 255;
  const std::uint64_t position = bits >> 11;
  if (position < ziggurats.exponential.sure[layer]) [[likely]] {
    return static_cast<double>(position) * ziggurats.exponential.width[layer];
  }
  return exponential_slow(stream, bits);
}

/// Mean 0, deviation 1.
inline double draw_normal(Stream& stream) {
  const std::uint64_t bits = stream.next();
  const std::size_t layer = bits & 255;
  const std::uint64_t position = bits >> 11;
  if (position < ziggurats.normal.sure[layer]) [[likely]] {
    const double x = static_cast<double>(position) * ziggurats.normal.width[layer];
    return (bits & 256) != 0 ? x : -x;
  }
  return normal_slow(stream, bits);
}

}  // namespace treefall::runtime
