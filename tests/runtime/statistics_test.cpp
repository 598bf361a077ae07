// Intervals against published values; exact sums; the histogram's bins.
#include "runtime/statistics.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "runtime/execution.hpp"
#include "runtime/histogram.hpp"
#include "runtime/moments.hpp"
#include "runtime/random.hpp"

using namespace treefall::runtime;

TEST_CASE("Clopper-Pearson intervals are the published ones") {
  CHECK(proportion(0, 100, 0.95).low == 0);
  CHECK(proportion(0, 100, 0.95).high == Approx(0.0362).margin(1e-4));
  CHECK(proportion(5, 50, 0.95).low == Approx(0.0333).margin(1e-4));
  CHECK(proportion(5, 50, 0.95).high == Approx(0.2181).margin(1e-4));
  CHECK(proportion(50, 50, 0.95).low == Approx(0.9289).margin(1e-4));
  CHECK(proportion(50, 50, 0.95).high == 1);
  CHECK(proportion(2.5, 50, 0.95).high < proportion(3, 50, 0.95).high);
}

TEST_CASE("exact Poisson intervals are the published ones") {
  CHECK(poisson_rate(0, 1, 0.95).low == 0);
  CHECK(poisson_rate(0, 1, 0.95).high == Approx(3.689).margin(1e-3));
  CHECK(poisson_rate(10, 1, 0.95).low == Approx(4.795).margin(1e-3));
  CHECK(poisson_rate(10, 1, 0.95).high == Approx(18.391).margin(1e-3));
  CHECK(poisson_rate(10, 4, 0.95).high == Approx(18.391 / 4).margin(1e-3));
}

TEST_CASE("Student's interval widens with few units") {
  CHECK(around(1, 0.1, 10, 0.95).high == Approx(1 + 0.2262).margin(1e-4));
  CHECK(around(1, 0.1, 1'000'000, 0.95).low == Approx(1 - 0.1960).margin(1e-4));
  CHECK(around(1, 0, 10, 0.95).low == 1);
  CHECK(std::isinf(around(1, 0, 1, 0.95).high));
}

TEST_CASE("a histogram's bins cover all values, at most 1/64 of a value wide") {
  for (Time value = 1; value < never; value += value / 3 + 1) {
    Histogram histogram;
    histogram.add(value);
    histogram.each([&](const Histogram::Bin& bin) {
      CHECK(bin.low <= value);
      CHECK(value < bin.high);
      CHECK((bin.high - bin.low - 1) * 64 <= bin.low);
      CHECK(bin.count == 1);
    });
  }
}

TEST_CASE("histograms merge to the same, in any order") {
  Histogram parts[3];
  Histogram all;
  Stream bits = stream(1, 0, 0);
  for (int i = 0; i < 3000; ++i) {
    const auto value = static_cast<Time>(bits.next() >> (5 + bits.below(58)));
    parts[i % 3].add(value);
    all.add(value);
  }
  Histogram merged;
  for (const int part : {2, 0, 1}) merged.merge(parts[part]);
  std::vector<std::pair<Time, std::uint64_t>> a;
  std::vector<std::pair<Time, std::uint64_t>> b;
  merged.each([&](const Histogram::Bin& bin) { a.emplace_back(bin.low, bin.count); });
  all.each([&](const Histogram::Bin& bin) { b.emplace_back(bin.low, bin.count); });
  CHECK(a == b);
}

TEST_CASE("the quantile's interval covers it, and says when there is too little") {
  int covered = 0;
  for (std::uint64_t run = 0; run < 400; ++run) {
    Histogram histogram;
    Stream bits = stream(3, run, 0);
    for (int i = 0; i < 2000; ++i) histogram.add(static_cast<Time>(bits.below(1'000'000)) + 1);
    const QuantileEstimate found = quantile(histogram, 2000, 0.99, 1, 0.95);
    covered += found.interval.low <= 990'000 && 990'000 <= found.interval.high;
    CHECK(found.interval.low <= found.value);
    CHECK(found.value <= found.interval.high);
  }
  CHECK(covered >= 370);  // 95 % of 400 less four standard deviations
}

TEST_CASE("sums of products are exact and merge in any order") {
  // Values so large that their squares need more than 128 bits.
  const Wide large = (Wide{1} << 90) + 12345;
  ProductSum a;
  ProductSum b;
  for (int i = 0; i < 10; ++i) (i % 2 == 0 ? a : b).add(large + i, large - i);
  ProductSum forward = a;
  forward.merge(b);
  ProductSum backward = b;
  backward.merge(a);
  CHECK(forward.value() == backward.value());
  const long double x = static_cast<long double>(large);
  CHECK(static_cast<double>(forward.value() / (10 * x * x)) == Approx(1).epsilon(1e-15));
}

TEST_CASE("a ratio over independent units has the error of its scatter") {
  Moments moments;
  Stream bits = stream(5, 0, 0);
  for (int i = 0; i < 10'000; ++i) moments.add(static_cast<Wide>(bits.below(2'000'001)), 1'000'000);
  CHECK(moments.ratio() == Approx(1).margin(0.03));
  CHECK(moments.standard_error() == Approx(1 / std::sqrt(3.0) / 100).epsilon(0.05));
  Moments same;
  for (int i = 0; i < 50; ++i) same.add(7, 3);
  CHECK(same.standard_error() == 0);
}

TEST_CASE("an idle process takes less than 200 bytes, a queued message less than 32") {
  // Process, place, its entries in the lists of slots, timers not counted: an idle process has none.
  CHECK(sizeof(Process) + sizeof(Place) + 2 * sizeof(Slot) < 200);
  CHECK(sizeof(Message) < 32);
}

TEST_CASE("units without anything are no evidence") {
  Moments one_boot;
  one_boot.add(3, 1);
  for (int batch = 0; batch < 31; ++batch) one_boot.add(0, 0);
  CHECK(one_boot.units == 32);
  CHECK(one_boot.contributing == 1);
  CHECK(std::isinf(around(3, one_boot.standard_error(), one_boot.contributing, 0.95).high));

  Moments alone;
  Moments among_empty;
  for (const Wide value : {1, 2, 4, 8}) {
    alone.add(value, 1);
    among_empty.add(value, 1);
    among_empty.add(0, 0);
  }
  CHECK(alone.standard_error() > 0);
  CHECK(among_empty.standard_error() == Approx(alone.standard_error()));
}
