// Probability distributions of durations: what a spec can write, with the moments and the transform that
// formulas need. Parameters and results are in seconds; sampling belongs to the runtime.
#pragma once

#include <complex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace treefall::spec {

struct Constant {
  double seconds = 0;
};
struct Exponential {
  double mean = 0;
};
struct Uniform {
  double low = 0;
  double high = 0;
};
/// A normal variate given that it is not negative: `mean` and `deviation` are those before the cut.
struct Normal {
  double mean = 0;
  double deviation = 0;
};
/// Given by what people read off a latency chart: the median and the 99th percentile.
struct LogNormal {
  double median = 0;
  double p99 = 0;
};
/// The sum of `stages` exponential times; `mean` is that of the sum.
struct Erlang {
  int stages = 1;
  double mean = 0;
};
struct Weibull {
  double shape = 1;
  double scale = 0;
};
/// Each value equally likely.
struct Empirical {
  std::vector<double> values;
};

using Distribution = std::variant<Constant, Exponential, Uniform, Normal, LogNormal, Erlang, Weibull, Empirical>;

/// E[X] in seconds.
double mean(const Distribution& distribution);
/// Var[X] in seconds squared.
double variance(const Distribution& distribution);
/// E[X^2] in seconds squared.
double second_moment(const Distribution& distribution);
/// The least and the greatest value that can occur, in seconds; the greatest may be infinite.
double lowest(const Distribution& distribution);
double highest(const Distribution& distribution);
/// P(X <= seconds).
double cumulative(const Distribution& distribution, double seconds);
/// E[exp(-s X)] for Re s >= 0; nothing where no closed form is known (lognormal, Weibull other than shape 1).
std::optional<std::complex<double>> laplace(const Distribution& distribution, std::complex<double> s);
/// The same law with all its times `factor` times as long; factor > 0.
Distribution scaled(const Distribution& distribution, double factor);
/// Always the same value?
bool is_constant(const Distribution& distribution);
/// As it would be written in a spec: `exp(5ms)`, `40ms`.
std::string to_text(const Distribution& distribution);

}  // namespace treefall::spec
