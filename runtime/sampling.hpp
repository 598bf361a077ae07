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

/// A stream, and the next draw from it already made. How long a timer runs decides what happens next, so a processor
/// that has to work it out at that moment waits; made when the last timer of the same law was set, the draw overlaps
/// with other work. The numbers are the same: another law takes the draw back.
class Source {
 public:
  Source() = default;
  explicit Source(const Stream& stream) : stream_(stream) {}

  Time draw(const Sampler& law, const std::vector<Time>& values) {
    if (law.kind == Sampler::Kind::constant) return law.fixed;
    if (ahead_of_ != &law) return draw_another(law, values);
    const Time time = ahead_;
    before_ = stream_;
    ahead_ = runtime::draw(law, values, stream_);
    return time;
  }

 private:
  Time draw_another(const Sampler& law, const std::vector<Time>& values);

  Stream stream_;
  Stream before_;  // the draw ahead
  Time ahead_ = 0;
  const Sampler* ahead_of_ = nullptr;  // null: none is made
  const Sampler* last_ = nullptr;
};

}  // namespace treefall::runtime
