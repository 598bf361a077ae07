// Distributions made ready for drawing: parameters in nanoseconds, the common cases inline.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/random.hpp"
#include "runtime/types.hpp"
#include "runtime/ziggurat.hpp"
#include "spec/distribution.hpp"

namespace treefall::runtime {

struct Sampler {
  enum class Kind : std::uint8_t { constant, exponential, uniform, normal, lognormal, erlang, weibull, empirical };
  Kind kind = Kind::constant;
  std::uint32_t stages = 0;  // erlang; of empirical, how many values
  Time fixed = 0;            // constant; of empirical, the first value's index
  double a = 0;              // nanoseconds, or the shape
  double b = 0;
};

/// `values` is where empirical distributions keep theirs.
Sampler sampler(const spec::Distribution& distribution, std::vector<Time>& values);

/// A real number of nanoseconds as a time, cut to [0, never].
inline Time whole(double nanoseconds) {
  if (!(nanoseconds > 0)) return 0;
  if (nanoseconds >= static_cast<double>(never)) return never;
  return static_cast<Time>(nanoseconds + 0.5);
}

Time draw_slow(const Sampler& sampler, const std::vector<Time>& values, Stream& stream);

/// The same for what can't be negative.
inline Time whole_positive(double nanoseconds) {
  const double most = static_cast<double>(never);
  return static_cast<Time>((nanoseconds < most ? nanoseconds : most) + 0.5);
}

inline Time draw(const Sampler& sampler, const std::vector<Time>& values, Stream& stream) {
  if (sampler.kind == Sampler::Kind::constant) return sampler.fixed;
  if (sampler.kind == Sampler::Kind::exponential) return whole_positive(sampler.a * draw_exponential(stream));
  return draw_slow(sampler, values, stream);
}

}  // namespace treefall::runtime
