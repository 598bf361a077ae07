#include "spec/distribution.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

using namespace treefall::spec;

namespace {

const std::vector<Distribution> samples{Constant{0.04},
                                        Exponential{0.005},
                                        Uniform{0.5, 2},
                                        Normal{1, 0.2},
                                        Normal{0.1, 0.5},
                                        Normal{-1, 0.3},
                                        LogNormal{0.02, 0.2},
                                        Erlang{4, 2},
                                        Erlang{1, 3},
                                        Weibull{0.7, 2},
                                        Weibull{1, 2},
                                        Weibull{2.5, 1},
                                        Empirical{{0.1, 0.2, 0.2, 4}}};

// The integral of f over 0 to the end of the distribution, by Simpson on a grid that is fine near 0.
template <class F>
double integral(const Distribution& d, F&& f) {
  double end = std::isinf(highest(d)) ? mean(d) * 5 : highest(d);
  while (cumulative(d, end) < 1 - 1e-13) end *= 1.3;
  const int n = 400000;
  double sum = 0;
  for (int i = 0; i < n; ++i) {  // x = end u^3, midpoint
    const double u = (i + 0.5) / n;
    sum += f(end * u * u * u) * 3 * end * u * u / n;
  }
  return sum;
}

}  // namespace

TEST_CASE("moments agree with the distribution function", "[distribution]") {
  for (const auto& d : samples) {
    CAPTURE(to_text(d));
    const double first = integral(d, [&](double x) { return 1 - cumulative(d, x); });
    const double second = integral(d, [&](double x) { return 2 * x * (1 - cumulative(d, x)); });
    CHECK(mean(d) == Approx(first).epsilon(2e-5));
    CHECK(second_moment(d) == Approx(second).epsilon(2e-5));
    CHECK(variance(d) == Approx(second_moment(d) - mean(d) * mean(d)).epsilon(1e-9).margin(1e-15));
  }
}

TEST_CASE("the transform agrees with the distribution function", "[distribution]") {
  for (const auto& d : samples) {
    CAPTURE(to_text(d));
    for (const std::complex<double> s : {std::complex<double>{0.7, 0}, {1.5, 2.5}, {0, 3}, {12, -4}}) {
      const auto transform = laplace(d, s);
      if (!transform) continue;
      const std::complex<double> direct{
          integral(d, [&](double x) { return (s * std::exp(-s * x) * (1 - cumulative(d, x))).real(); }),
          integral(d, [&](double x) { return (s * std::exp(-s * x) * (1 - cumulative(d, x))).imag(); })};
      CHECK(std::abs(*transform - (1.0 - direct)) < 3e-5);
    }
    if (laplace(d, 1e-7)) CHECK(laplace(d, 1e-7)->real() == Approx(1 - 1e-7 * mean(d)).epsilon(1e-11));
  }
}

TEST_CASE("transforms exist exactly where they have a closed form", "[distribution]") {
  CHECK_FALSE(laplace(LogNormal{1, 3}, 1.0));
  CHECK_FALSE(laplace(Weibull{2, 1}, 1.0));
  CHECK(laplace(Weibull{1, 2}, 0.5)->real() == Approx(0.5));
  CHECK(laplace(LogNormal{2, 2}, 0.5)->real() == Approx(std::exp(-1)));
}

TEST_CASE("a lognormal has the median and the 99th percentile that it was given", "[distribution]") {
  const Distribution d = LogNormal{0.02, 0.2};
  CHECK(cumulative(d, 0.02) == Approx(0.5));
  CHECK(cumulative(d, 0.2) == Approx(0.99));
}

TEST_CASE("the cut normal keeps its digits where little is left of it", "[distribution]") {
  // References: 50-digit evaluation of the same integrals.
  CHECK(mean(Normal{0, 1}) == Approx(0.79788456080286536).epsilon(1e-14));
  CHECK(variance(Normal{0, 1}) == Approx(0.36338022763241866).epsilon(1e-13));
  CHECK(mean(Normal{-19.999999, 1}) == Approx(mean(Normal{-20.000001, 1})).epsilon(1e-6));
  CHECK(variance(Normal{-19.9999, 1}) == Approx(variance(Normal{-20.0001, 1})).epsilon(1e-3));
  CHECK(mean(Normal{-100, 1}) == Approx(0.0099980009992607052).epsilon(1e-12));
  CHECK(variance(Normal{-100, 1}) == Approx(9.994004994826345e-05).epsilon(1e-9));
  CHECK(mean(Normal{3, 0}) == 3);
  CHECK(mean(Normal{-3, 0}) == 0);
}

TEST_CASE("what always takes the same time is constant", "[distribution]") {
  CHECK(is_constant(Constant{1}));
  CHECK(is_constant(Uniform{2, 2}));
  CHECK(is_constant(Normal{2, 0}));
  CHECK(is_constant(Empirical{{3, 3}}));
  CHECK(is_constant(Exponential{0}));
  CHECK_FALSE(is_constant(Exponential{1}));
  CHECK(std::isinf(highest(Normal{1, 1})));
  CHECK(lowest(Empirical{{3, 1}}) == 1);
}

TEST_CASE("distributions are written as a spec writes them", "[distribution]") {
  CHECK(to_text(Constant{0.04}) == "40ms");
  CHECK(to_text(Constant{0}) == "0s");
  CHECK(to_text(Constant{86400}) == "24h");
  CHECK(to_text(Constant{2 * 86400}) == "2d");
  CHECK(to_text(Constant{1.5}) == "1.5s");
  CHECK(to_text(Constant{INFINITY}) == "infinity");
  CHECK(to_text(Exponential{0.005}) == "exp(5ms)");
  CHECK(to_text(Uniform{0.00025, 3600}) == "uniform(250us 1h)");
  CHECK(to_text(Erlang{3, 2}) == "erlang(3 2s)");
  CHECK(to_text(Weibull{0.5, 30}) == "weibull(0.5 30s)");
  CHECK(to_text(Empirical{{0.001, 0.002}}) == "empirical(1ms 2ms)");
}
