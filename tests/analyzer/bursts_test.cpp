#include "analyzer/bursts.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

using namespace treefall;
using namespace treefall::analyzer;

TEST_CASE("twenty callers at once, 100 ms each, timeout 500 ms", "[bursts]") {
  // Measured on a real node: 4 or 5 answers (a reply at the very timeout still counts: 5), then 1.5 s for nobody.
  const auto o = outcome({20, spec::Constant{0.1}, 0.5});
  CHECK(o.answered.value == 5);
  CHECK(o.timed_out.value == 15);
  CHECK(o.answered.method == Method::deterministic);
  CHECK(o.last_answer.value == Approx(2));
  CHECK(o.stale_work.value == Approx(1.5));
  CHECK(o.mean_wait.value == Approx(0.95));
  CHECK(outcome({20, spec::Constant{0.1}, 0.499}).answered.value == 4);
  CHECK(outcome({20, spec::Constant{0.1}, 0.501}).stale_work.value == Approx(1.4));
}

TEST_CASE("bursts that fit, and the empty ones", "[bursts]") {
  const auto o = outcome({3, spec::Constant{0.1}, 5});
  CHECK(o.timed_out.value == 0);
  CHECK(o.stale_work.value == 0);
  CHECK(outcome({0, spec::Constant{0.1}, 5}).timeout_probability.value == 0);
  CHECK(outcome({1000, spec::Constant{0}, 5}).answered.value == 1000);
  CHECK(outcome({1000, spec::Exponential{1}, INFINITY}).answered.value == 1000);
}

TEST_CASE("random services agree with a simulation", "[bursts]") {
  const auto check = [](const Burst& burst, auto&& draw) {
    std::mt19937_64 random(23);
    constexpr int runs = 20000;
    double answered = 0, stale = 0;
    for (int run = 0; run < runs; ++run) {
      double now = 0;
      for (std::uint64_t n = 0; n < burst.size; ++n) {
        const double s = draw(random);
        if (now > burst.timeout) stale += s;
        now += s;
        if (now <= burst.timeout) answered += 1;
      }
    }
    const auto o = outcome(burst);
    CAPTURE(spec::to_text(burst.service), o.answered.value, o.answered.low, o.answered.high, answered / runs);
    CHECK(o.answered.value == Approx(answered / runs).epsilon(0.006));
    CHECK(o.answered.low <= o.answered.value);
    CHECK(o.answered.high >= o.answered.value);
    CHECK(o.answered.low <= answered / runs * 1.006);
    CHECK(o.answered.high >= answered / runs * 0.994);
    CHECK(o.stale_work.value == Approx(stale / runs).epsilon(0.01));
    CHECK(o.answered.value + o.timed_out.value == Approx(static_cast<double>(burst.size)));
  };
  check({20, spec::Exponential{0.1}, 0.5}, [](auto& r) { return std::exponential_distribution<>(10)(r); });
  check({12, spec::Erlang{3, 0.3}, 2}, [](auto& r) { return std::gamma_distribution<>(3, 0.1)(r); });
  check({30, spec::Uniform{0.05, 0.15}, 1}, [](auto& r) { return std::uniform_real_distribution<>(0.05, 0.15)(r); });
  check({30, spec::LogNormal{0.1, 0.5}, 2},
        [](auto& r) { return std::lognormal_distribution<>(std::log(0.1), std::log(5) / 2.3263478740408411)(r); });
}

TEST_CASE("backlogs drain at the rate that is left", "[bursts]") {
  CHECK(drain_time(100, 0.1, 5).value == Approx(20));
  CHECK(std::isinf(drain_time(100, 0.1, 10).value));
  CHECK(drain_time(0, 0.1, 10).value == 0);
  CHECK(overlap_probability({20, spec::Constant{0.1}, 5}, spec::Constant{1.9}) == 1);
  CHECK(overlap_probability({20, spec::Constant{0.1}, 5}, spec::Constant{2.0}) == 0);
  CHECK(time_until(10000, 5) == 2000);
  CHECK(std::isinf(time_until(10000, 0)));
}
