// Tables and the rare paths of the ziggurat: edges of layers and the tail.
//
// Layer i = 1..255 is the rectangle from 0 to x_i between the heights f(x_i) and f(x_{i+1}), all of the same area v;
// layer 0 is the strip below f(r) with the tail beyond r, of that area too, drawn as if it were v / f(r) wide.
#include "runtime/ziggurat.hpp"

#include <cmath>

namespace treefall::runtime {
namespace {

constexpr double exponential_edge = 7.69711747013104972;
constexpr double exponential_area = 3.949659822581572e-3;
constexpr double normal_edge = 3.6541528853610088;
constexpr double normal_area = 4.92867323399e-3;

template <class Density, class Inverse>
Ziggurat table(double edge, double area, Density density, Inverse inverse) {
  Ziggurat result{};
  std::array<double, 257> x{};  // x[0] > x[1] = edge > ... > x[256] = 0
  x[0] = area / density(edge);
  x[1] = edge;
  for (std::size_t i = 2; i < 256; ++i) x[i] = inverse(area / x[i - 1] + density(x[i - 1]));
  x[256] = 0;
  for (std::size_t i = 0; i < 256; ++i) {
    result.width[i] = x[i] * 0x1p-53;
    result.sure[i] = static_cast<std::uint64_t>(x[i + 1] / x[i] * 0x1p53);
    result.height[i] = density(x[i]);
  }
  return result;
}

Ziggurats tables() {
  return {table(
              exponential_edge, exponential_area, [](double x) { return std::exp(-x); },
              [](double y) { return -std::log(y); }),
          table(
              normal_edge, normal_area, [](double x) { return std::exp(-0.5 * x * x); },
              [](double y) { return std::sqrt(-2 * std::log(y)); })};
}

/// In (0, 1], for logarithms.
double positive(Stream& stream) { return static_cast<double>((stream.next() >> 11) + 1) * 0x1p-53; }

/// Density at the upper edge of a layer: that of the next one's right end; 1 for the topmost.
double upper(const Ziggurat& ziggurat, std::size_t layer) { return layer == 255 ? 1.0 : ziggurat.height[layer + 1]; }

/// Is a point of the layer, at a height drawn now, under the density?
bool under(const Ziggurat& ziggurat, std::size_t layer, double density, Stream& stream) {
  const double low = ziggurat.height[layer];
  return low + stream.uniform() * (upper(ziggurat, layer) - low) < density;
}

}  // namespace

const Ziggurats ziggurats = tables();

double exponential_slow(Stream& stream, std::uint64_t bits) {
  for (;; bits = stream.next()) {
    const std::size_t layer = bits & 255;
    const std::uint64_t position = bits >> 11;
    const double x = static_cast<double>(position) * ziggurats.exponential.width[layer];
    if (position < ziggurats.exponential.sure[layer]) return x;
    if (layer == 0) return exponential_edge - std::log(positive(stream));  // the tail is exponential again
    if (under(ziggurats.exponential, layer, std::exp(-x), stream)) return x;
  }
}

double normal_slow(Stream& stream, std::uint64_t bits) {
  for (;; bits = stream.next()) {
    const std::size_t layer = bits & 255;
    const std::uint64_t position = bits >> 11;
    const double sign = (bits & 256) != 0 ? 1.0 : -1.0;
    const double x = static_cast<double>(position) * ziggurats.normal.width[layer];
    if (position < ziggurats.normal.sure[layer]) return sign * x;
    if (layer == 0) {  // Marsaglia's tail
      for (;;) {
        const double beyond = -std::log(positive(stream)) / normal_edge;
        const double y = -std::log(positive(stream));
        if (2 * y > beyond * beyond) return sign * (normal_edge + beyond);
      }
    }
    if (under(ziggurats.normal, layer, std::exp(-0.5 * x * x), stream)) return sign * x;
  }
}

}  // namespace treefall::runtime
