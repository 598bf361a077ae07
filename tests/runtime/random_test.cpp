// Known answers of Philox, moments and tails of the variates, and that streams are named.
#include "runtime/random.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "runtime/sampling.hpp"
#include "runtime/ziggurat.hpp"

using namespace treefall;
using namespace treefall::runtime;

namespace {

struct Seen {
  double mean = 0;
  double variance = 0;
  double third = 0;  // third central moment
};

template <class Draw>
Seen moments(Draw draw, int count) {
  std::vector<double> values(static_cast<std::size_t>(count));
  Seen seen;
  for (double& value : values) seen.mean += value = draw();
  seen.mean /= count;
  for (const double value : values) {
    const double d = value - seen.mean;
    seen.variance += d * d / count;
    seen.third += d * d * d / count;
  }
  return seen;
}

constexpr int many = 4'000'000;

}  // namespace

TEST_CASE("a stream is seeded by Philox4x64-10") {
  // Random123's kat_vectors: counter 0, key 0 gives 16554d9eca36314c db20fe9d672d0fdc d7e772cee186176b
  // 7e68b68aec7ba23b. xoshiro256++ then returns rotl(s0 + s3, 23) + s0.
  const std::uint64_t s0 = 0x16554d9eca36314cu;
  const std::uint64_t s3 = 0x7e68b68aec7ba23bu;
  Stream first = stream(0, 0, 0);
  CHECK(first.next() == std::rotl(s0 + s3, 23) + s0);
}

TEST_CASE("streams depend on seed, replica and name, and on nothing else") {
  Stream a = stream(1, 2, source_name("root/a", "crashes0"));
  Stream same = stream(1, 2, source_name("root/a", "crashes0"));
  Stream seed = stream(2, 2, source_name("root/a", "crashes0"));
  Stream replica = stream(1, 3, source_name("root/a", "crashes0"));
  Stream name = stream(1, 2, source_name("root/a", "crashes1"));
  const std::uint64_t first = a.next();
  CHECK(first == same.next());
  CHECK(first != seed.next());
  CHECK(first != replica.next());
  CHECK(first != name.next());
}

TEST_CASE("xoshiro256++ follows its reference") {
  // State {1, 2, 3, 4}: the first outputs of the authors' xoshiro256plusplus.c.
  Stream reference(1, 2, 3, 4);
  CHECK(reference.next() == 41943041u);
  CHECK(reference.next() == 58720359u);
  CHECK(reference.next() == 3588806011781223u);
}

TEST_CASE("exponential variates have their moments and tail") {
  Stream bits = stream(7, 0, 1);
  int above5 = 0;
  int above8 = 0;
  const Seen seen = moments(
      [&] {
        const double x = draw_exponential(bits);
        above5 += x > 5;
        above8 += x > 8;
        return x;
      },
      many);
  CHECK(seen.mean == Approx(1).margin(5 / std::sqrt(many)));
  CHECK(seen.variance == Approx(1).margin(5 * std::sqrt(8.0 / many)));
  CHECK(seen.third == Approx(2).margin(5 * std::sqrt(260.0 / many)));
  CHECK(above5 == Approx(many * std::exp(-5)).margin(5 * std::sqrt(many * std::exp(-5))));
  CHECK(above8 == Approx(many * std::exp(-8)).margin(5 * std::sqrt(many * std::exp(-8))));  // behind the last layer
}

TEST_CASE("normal variates have their moments and tail") {
  Stream bits = stream(7, 0, 2);
  int above = 0;
  const Seen seen = moments(
      [&] {
        const double x = draw_normal(bits);
        above += x > 3.7;
        return x;
      },
      many);
  CHECK(seen.mean == Approx(0).margin(5 / std::sqrt(many)));
  CHECK(seen.variance == Approx(1).margin(5 * std::sqrt(2.0 / many)));
  CHECK(seen.third == Approx(0).margin(5 * std::sqrt(15.0 / many)));
  const double tail = 0.5 * std::erfc(3.7 / std::sqrt(2));
  CHECK(above == Approx(many * tail).margin(5 * std::sqrt(many * tail)));
}

TEST_CASE("exponential variates fill their law evenly") {
  Stream bits = stream(8, 0, 3);
  constexpr int cells = 200;
  std::vector<int> counts(cells, 0);
  for (int i = 0; i < many; ++i) {
    ++counts[static_cast<std::size_t>(std::min(cells - 1.0, cells * -std::expm1(-draw_exponential(bits))))];
  }
  double chi2 = 0;
  const double expected = static_cast<double>(many) / cells;
  for (const int count : counts) chi2 += (count - expected) * (count - expected) / expected;
  CHECK(chi2 < 199 + 5 * std::sqrt(2 * 199));
}

TEST_CASE("every distribution is sampled with the mean and variance it states") {
  const std::vector<spec::Distribution> all = {
      spec::Constant{0.04},     spec::Exponential{0.2},  spec::Uniform{0.1, 0.4},         spec::Normal{0.3, 0.1},
      spec::Normal{0.05, 0.1},  spec::Normal{-0.3, 0.1}, spec::LogNormal{0.02, 0.3},      spec::Erlang{3, 0.6},
      spec::Weibull{1.7, 0.25}, spec::Weibull{0.8, 0.1}, spec::Empirical{{0.1, 0.2, 0.6}}};
  for (const spec::Distribution& law : all) {
    INFO(spec::to_text(law));
    std::vector<Time> values;
    const Sampler ready = sampler(law, values);
    Stream bits = stream(9, 0, 4);
    const Seen seen = moments([&] { return static_cast<double>(draw(ready, values, bits)) * 1e-9; }, 1'000'000);
    const double sd = std::sqrt(spec::variance(law));
    CHECK(seen.mean == Approx(spec::mean(law)).margin(5 * sd / 1000 + 1e-9));
    CHECK(seen.variance == Approx(sd * sd).epsilon(0.08).margin(1e-15));
  }
}
