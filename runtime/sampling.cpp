// The less common distributions.
#include "runtime/sampling.hpp"

#include <cmath>

namespace treefall::runtime {
namespace {

constexpr double nano = 1e9;
constexpr double normal_p99 = 2.3263478740408408;  // the standard normal's 99th percentile

struct Prepare {
  std::vector<Time>& values;

  static Sampler of(Sampler::Kind kind, double a, double b) { return {kind, 0, 0, a, b}; }
  Sampler operator()(const spec::Constant& d) const {
    return {Sampler::Kind::constant, 0, whole(d.seconds * nano), 0, 0};
  }
  Sampler operator()(const spec::Exponential& d) const { return of(Sampler::Kind::exponential, d.mean * nano, 0); }
  Sampler operator()(const spec::Uniform& d) const {
    return of(Sampler::Kind::uniform, d.low * nano, (d.high - d.low) * nano);
  }
  Sampler operator()(const spec::Normal& d) const {
    return of(Sampler::Kind::normal, d.mean * nano, d.deviation * nano);
  }
  Sampler operator()(const spec::LogNormal& d) const {
    return of(Sampler::Kind::lognormal, d.median * nano, std::log(d.p99 / d.median) / normal_p99);
  }
  Sampler operator()(const spec::Erlang& d) const {
    return {Sampler::Kind::erlang, static_cast<std::uint32_t>(d.stages), 0, d.mean * nano / d.stages, 0};
  }
  Sampler operator()(const spec::Weibull& d) const { return of(Sampler::Kind::weibull, 1 / d.shape, d.scale * nano); }
  Sampler operator()(const spec::Empirical& d) const {
    const Sampler result = {Sampler::Kind::empirical, static_cast<std::uint32_t>(d.values.size()),
                            static_cast<Time>(values.size()), 0, 0};
    for (const double value : d.values) values.push_back(whole(value * nano));
    return result;
  }
};

/// Normal given not negative. Where that is rare (mean far below 0) plain rejection would not end: Robert's
/// exponential proposal for a tail (Statistics and Computing 5, 1995).
double cut_normal(double mean, double deviation, Stream& stream) {
  if (deviation <= 0) return mean;
  const double from = -mean / deviation;  // standard units
  if (from < 0.5) {
    for (;;) {
      const double x = draw_normal(stream);
      if (x >= from) return mean + deviation * x;
    }
  }
  const double rate = 0.5 * (from + std::sqrt(from * from + 4));
  for (;;) {
    const double x = from + draw_exponential(stream) / rate;
    if (stream.uniform() <= std::exp(-0.5 * (x - rate) * (x - rate))) return mean + deviation * x;
  }
}

}  // namespace

Sampler sampler(const spec::Distribution& distribution, std::vector<Time>& values) {
  return std::visit(Prepare{values}, distribution);
}

Time draw_slow(const Sampler& sampler, const std::vector<Time>& values, Stream& stream) {
  switch (sampler.kind) {
    case Sampler::Kind::constant:
      return sampler.fixed;
    case Sampler::Kind::exponential:
      return whole(sampler.a * draw_exponential(stream));
    case Sampler::Kind::uniform:
      return whole(sampler.a + sampler.b * stream.uniform());
    case Sampler::Kind::normal:
      return whole(cut_normal(sampler.a, sampler.b, stream));
    case Sampler::Kind::lognormal:
      return whole(sampler.a * std::exp(sampler.b * draw_normal(stream)));
    case Sampler::Kind::weibull:
      return whole(sampler.b * std::pow(draw_exponential(stream), sampler.a));
    case Sampler::Kind::empirical:
      return values[static_cast<std::size_t>(sampler.fixed) + stream.below(sampler.stages)];
    case Sampler::Kind::erlang: {
      double sum = 0;
      for (std::uint32_t i = 0; i < sampler.stages; ++i) sum += draw_exponential(stream);
      return whole(sampler.a * sum);
    }
  }
  return 0;
}

Time Source::draw_another(const Sampler& law, const std::vector<Time>& values) {
  if (ahead_of_ != nullptr) stream_ = before_;
  ahead_of_ = nullptr;
  const Time time = runtime::draw(law, values, stream_);
  if (last_ == &law) {  // the second in a row: a third is likely
    before_ = stream_;
    ahead_ = runtime::draw(law, values, stream_);
    ahead_of_ = &law;
  }
  last_ = &law;
  return time;
}

}  // namespace treefall::runtime
